(() => {
  "use strict";
  const steps = [...document.querySelectorAll(".step")];
  const bands = [...document.querySelectorAll(".band")];
  const said = document.getElementById("said");
  const buttons = [...document.querySelectorAll("nav button")];
  const written = document.querySelector("main").dataset.loop;
  const last = steps.length - 1;
  // after the last step of a lasso comes the first of its cycle; of a run that ends, none
  const after = written === "" || Number(written) === last ? last : Number(written) + 1;
  let at = 0;

  const target = {
    first: () => 0,
    back: () => Math.max(at - 1, 0),
    forward: () => (at === last ? after : at + 1),
    last: () => last,
  };

  function show(step) {
    at = step;
    steps.forEach((section, number) => section.classList.toggle("current", number === at));
    for (const band of bands) {
      const here = Number(band.dataset.step) === at;
      band.classList.toggle("current", here);
      if (here) band.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
    said.textContent = steps[at].dataset.said;
    for (const button of buttons) {
      button.setAttribute("aria-disabled", String(target[button.dataset.to]() === at));
    }
    history.replaceState(null, "", `#at-${at}`);
  }

  const keys = { ArrowLeft: "back", ArrowRight: "forward", Home: "first", End: "last" };
  document.addEventListener("keydown", (event) => {
    const scrolls = document.activeElement.closest("[tabindex]");
    const used = scrolls && scrolls.scrollWidth > scrolls.clientWidth; // its own keys then scroll it
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || used || !(event.key in keys)) return;
    event.preventDefault();
    show(target[keys[event.key]]());
  });
  for (const button of buttons) {
    button.addEventListener("click", () => show(target[button.dataset.to]()));
  }
  for (const band of bands) {
    band.addEventListener("click", () => show(Number(band.dataset.step)));
  }
  const page = document.documentElement;
  const nav = document.querySelector("nav");
  page.classList.add("js");
  nav.hidden = false;
  // what stands on top hides what is scrolled behind it, and takes two lines where names are long
  const measured = () => page.style.setProperty("--nav", `${nav.offsetHeight + 8}px`);
  new ResizeObserver(measured).observe(nav);
  measured();
  function goTo() {
    const asked = /^#at-(\d+)$/.exec(location.hash);
    show(asked ? Math.min(Number(asked[1]), last) : 0);
  }
  addEventListener("hashchange", goTo);
  goTo();
})();
