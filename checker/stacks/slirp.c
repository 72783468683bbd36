/* libslirp as a stack that is driven by lines (checker/stacks/stack.py). Its TCP descends from 4.4BSD and faces a guest, which is
   who talks to it here; behind it are sockets of the kernel's, which are the user: they listen and connect over loopback, in a
   network namespace of their own where the host has them. Time passes where it is waited for. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <slirp/libslirp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TICK = 100, LINE = 8192, ETHERNET = 14, MOST = 64, ROUNDS = 8 };

static Slirp *slirp;
static int64_t now;
static struct pollfd polled[MOST];
static int number_polled, sent;
static int listener = -1, connection = -1, port, peer_port;
static struct in_addr loopback, own, peer;

static ssize_t output(const void *octets, size_t length, void *opaque) {
  const unsigned char *frame = octets;
  (void)opaque;
  if (length > ETHERNET && frame[12] == 8 && frame[13] == 0) {
    size_t end = ETHERNET + (frame[16] << 8 | frame[17]);
    printf("out ");
    for (size_t i = ETHERNET; i < end && i < length; i++) printf("%02x", frame[i]);
    printf("\n");
    sent++;
  }
  return length;
}

static void complains(const char *what, void *opaque) { (void)what, (void)opaque; }
static int64_t clock_of(void *opaque) { return (void)opaque, now; }
static void *timer_new(SlirpTimerCb cb, void *cb_opaque, void *opaque) { return (void)cb, (void)cb_opaque, (void)opaque, malloc(1); }
static void timer_free(void *timer, void *opaque) { (void)opaque, free(timer); }
static void timer_mod(void *timer, int64_t when, void *opaque) { (void)timer, (void)when, (void)opaque; }
static void poll_fd(int fd, void *opaque) { (void)fd, (void)opaque; }
static void notify(void *opaque) { (void)opaque; }

static int polls(int fd, int events, void *opaque) {
  (void)opaque;
  polled[number_polled].fd = fd;
  polled[number_polled].revents = 0;
  polled[number_polled].events = (events & SLIRP_POLL_IN ? POLLIN : 0) | (events & SLIRP_POLL_OUT ? POLLOUT : 0);
  return number_polled++;
}

static int happened(int index, void *opaque) {
  int events = polled[index].revents;
  (void)opaque;
  return (events & POLLIN ? SLIRP_POLL_IN : 0) | (events & POLLOUT ? SLIRP_POLL_OUT : 0) |
         (events & POLLERR ? SLIRP_POLL_ERR : 0) | (events & POLLHUP ? SLIRP_POLL_HUP : 0);
}

/* What sockets have to say comes in several rounds: over loopback each is over at once. */
static void turns(void) {
  for (int round = 0; round < ROUNDS; round++) {
    uint32_t timeout = 0;
    number_polled = 0;
    slirp_pollfds_fill(slirp, &timeout, polls, NULL);
    int found = poll(polled, number_polled, 0);
    slirp_pollfds_poll(slirp, found < 0, happened, NULL);
  }
}

static int bound(int to) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(to), .sin_addr = loopback};
  int one = 1, made = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  setsockopt(made, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(made, (void *)&address, sizeof address) == 0) return made;
  printf("cannot %s\n", strerror(errno));
  close(made);
  return -1;
}

static void ends(int *held, int abruptly) {
  struct linger linger = {abruptly, 0};
  if (*held < 0) return;
  setsockopt(*held, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
  close(*held);
  *held = -1;
}

/* libslirp has no names for states in its interface, but a table for people. */
static const char *state(void) {
  static char found[40];
  char *table = slirp_connection_info(slirp);
  strcpy(found, listener >= 0 ? "LISTEN" : "CLOSED");
  for (char *line = strtok(table, "\n"); line != NULL; line = strtok(NULL, "\n")) {
    char name[40], from[20], to[20];
    int fd, from_port, to_port;
    if (sscanf(line, " TCP[%39[^]]] %d %19s %d %19s %d", name, &fd, from, &from_port, to, &to_port) == 6 &&
        strcmp(name, "HOST_FORWARD") && (from_port == peer_port || to_port == peer_port))
      strcpy(found, name);
  }
  free(table);
  for (char *c = found; *c; c++)
    if (*c == '_') *c = '-';
  if (!strcmp(found, "SYN-RCVD")) strcpy(found, "SYN-RECEIVED");
  return found;
}

static void arrives(const char *hex) {
  static unsigned char frame[2048] = {0x52, 0x55, 192, 0, 2, 1, 2, 0, 0, 0, 0, 2, 8, 0};
  unsigned value;
  int length = ETHERNET;
  for (; length < (int)sizeof frame && sscanf(hex, "%2x", &value) == 1; hex += 2) frame[length++] = value;
  slirp_input(slirp, frame, length);
}

static SlirpConfig config = {.version = 1, .in_enabled = 1};

/* A new guest, of whose connections nothing is known yet, and which says by ARP where it is. */
static void begins(void) {
  static const SlirpCb callbacks = {.send_packet = output, .guest_error = complains, .clock_get_ns = clock_of,
      .timer_new = timer_new, .timer_free = timer_free, .timer_mod = timer_mod, .register_poll_fd = poll_fd,
      .unregister_poll_fd = poll_fd, .notify = notify};
  static const unsigned char announces[60] = {255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 0, 2, 8, 6, 0, 1, 8, 0, 6, 4, 0,
      1, 2, 0, 0, 0, 0, 2, 192, 0, 2, 2, 0, 0, 0, 0, 0, 0, 192, 0, 2, 2};
  if (slirp != NULL) slirp_cleanup(slirp);
  slirp = slirp_new(&config, &callbacks, NULL);
  slirp_input(slirp, announces, sizeof announces);
}

static void does(const char *line) {
  static const char zeros[2048];
  int a, b;
  if (sscanf(line, "begin %d %d", &a, &b) == 2) {
    ends(&listener, 1), ends(&connection, 1);
    begins();
    port = a, peer_port = b;
  } else if (!strncmp(line, "listen", 6)) {
    if ((listener = bound(port)) >= 0) listen(listener, 16);
  } else if (!strncmp(line, "connect", 7)) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr = loopback, .sin_port = htons(peer_port)};
    ends(&listener, 1), ends(&connection, 1);
    slirp_remove_hostfwd(slirp, 0, loopback, peer_port);
    if (slirp_add_hostfwd(slirp, 0, loopback, peer_port, peer, peer_port)) printf("cannot forward\n");
    if ((connection = bound(port)) >= 0) connect(connection, (void *)&to, sizeof to);
  } else if (!strncmp(line, "accept", 6)) {
    connection = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
    ends(&listener, 0);
  } else if (sscanf(line, "write %d", &a) == 1) {
    if (write(connection, zeros, a) != a) printf("cannot %s\n", strerror(errno));
  } else if (!strncmp(line, "shut", 4)) {
    if (shutdown(connection, SHUT_WR)) printf("cannot %s\n", strerror(errno));
  } else if ((!strncmp(line, "close", 5) || !strncmp(line, "abort", 5)) && !strncmp(state(), "SYN-", 4)) {
    printf("cannot a proxy does not end what it is opening\n");
  } else if (!strncmp(line, "close", 5)) {
    ends(&listener, 0), ends(&connection, 0);
  } else if (!strncmp(line, "abort", 5)) {
    printf("cannot a proxy passes an abort on as a close\n");
  } else if (!strncmp(line, "vanish", 6)) {
    printf("cannot a proxy loses no connection without a word\n");
  } else if (!strncmp(line, "arrives ", 8)) {
    arrives(line + 8);
  } else if (sscanf(line, "wait %d", &a) == 1) {
    for (b = sent; a > 0 && b == sent; a -= TICK) now += TICK * 1000000LL, turns();
  }
  turns();
}

static void private_network(void) {
  struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
  if (unshare(CLONE_NEWUSER | CLONE_NEWNET) && unshare(CLONE_NEWNET)) return;
  int any = socket(AF_INET, SOCK_DGRAM, 0);
  ioctl(any, SIOCSIFFLAGS, &request);
  close(any);
}

int main(void) {
  static char line[LINE];
  signal(SIGPIPE, SIG_IGN);
  inet_aton("127.0.0.1", &loopback), inet_aton("192.0.2.1", &own), inet_aton("192.0.2.2", &peer);
  inet_aton("192.0.2.0", &config.vnetwork), inet_aton("255.255.255.0", &config.vnetmask);
  inet_aton("192.0.2.3", &config.vnameserver);
  config.vhost = own, config.vdhcp_start = peer;
  private_network();
  begins();
  printf("ready %s\n.\n", slirp_version_string());
  fflush(stdout);
  while (fgets(line, sizeof line, stdin) != NULL) {
    does(line);
    printf("state %s\n.\n", state());
    fflush(stdout);
  }
  return 0;
}
