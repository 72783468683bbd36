/* lwIP as a stack that is driven by lines (checker/stacks/stack.py): its raw API, no threads, no network but the lines.
   Time passes where it is waited for: a tick of TCP's timer is 250 ms. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lwip/init.h"
#include "lwip/ip4.h"
#include "lwip/netif.h"
#include "lwip/pbuf.h"
#include "lwip/priv/tcp_priv.h"
#include "lwip/tcp.h"

enum { TICK = 250, LINE = 8192 };

static struct netif device;
static ip_addr_t peer;
static int port, peer_port, sent;
static struct tcp_pcb *listener, *connection;

static err_t output(struct netif *netif, struct pbuf *p, const ip4_addr_t *to) {
  static unsigned char octets[2048];
  int length = pbuf_copy_partial(p, octets, sizeof octets, 0);
  (void)netif, (void)to;
  printf("out ");
  for (int i = 0; i < length; i++) printf("%02x", octets[i]);
  printf("\n");
  sent++;
  return ERR_OK;
}

static err_t begin_device(struct netif *netif) {
  netif->name[0] = 'm', netif->name[1] = 'c';
  netif->mtu = 1500;
  netif->output = output;
  netif->flags = NETIF_FLAG_UP | NETIF_FLAG_LINK_UP;
  return ERR_OK;
}

static err_t receives(void *own, struct tcp_pcb *pcb, struct pbuf *p, err_t error) {
  (void)own, (void)error;
  if (p == NULL) return ERR_OK;
  tcp_recved(pcb, p->tot_len);
  pbuf_free(p);
  return ERR_OK;
}

static void is_gone(void *own, err_t error) {
  (void)own, (void)error;
  connection = NULL;
}

static void takes(struct tcp_pcb *pcb) {
  connection = pcb;
  tcp_nagle_disable(pcb);
  tcp_recv(pcb, receives);
  tcp_err(pcb, is_gone);
}

static err_t accepts(void *own, struct tcp_pcb *pcb, err_t error) {
  (void)own, (void)error;
  if (pcb != NULL) takes(pcb);
  return ERR_OK;
}

static err_t connects(void *own, struct tcp_pcb *pcb, err_t error) {
  (void)own, (void)pcb, (void)error;
  return ERR_OK;
}

static struct tcp_pcb *bound(void) {
  struct tcp_pcb *pcb = tcp_new();
  if (pcb == NULL || tcp_bind(pcb, IP_ADDR_ANY, port) != ERR_OK) {
    printf("cannot bind\n");
    if (pcb != NULL) tcp_abandon(pcb, 0);
    return NULL;
  }
  return pcb;
}

static void listens_no_more(void) {
  if (listener != NULL) tcp_close(listener);
  listener = NULL;
}

/* The connection of these ports, in whichever list of lwIP's it is. */
static struct tcp_pcb *found(void) {
  struct tcp_pcb *lists[] = {tcp_active_pcbs, tcp_tw_pcbs};
  for (int i = 0; i < 2; i++)
    for (struct tcp_pcb *pcb = lists[i]; pcb != NULL; pcb = pcb->next)
      if (pcb->local_port == port && pcb->remote_port == peer_port) return pcb;
  return NULL;
}

static void vanishes(void) {
  struct tcp_pcb *pcb = found();
  listens_no_more();
  if (pcb != NULL) {
    tcp_err(pcb, NULL);
    tcp_abandon(pcb, 0);
  }
  connection = NULL;
}

static void arrives(const char *hex) {
  static unsigned char octets[2048];
  unsigned value;
  int length = 0;
  for (; length < (int)sizeof octets && sscanf(hex, "%2x", &value) == 1; hex += 2) octets[length++] = value;
  struct pbuf *p = pbuf_alloc(PBUF_RAW, length, PBUF_RAM);
  pbuf_take(p, octets, length);
  if (ip4_input(p, &device) != ERR_OK) pbuf_free(p);
}

/* By the numbers of enum tcp_state. */
static const char *const STATES[] = {"CLOSED",     "LISTEN",     "SYN-SENT", "SYN-RECEIVED", "ESTABLISHED", "FIN-WAIT-1",
                                     "FIN-WAIT-2", "CLOSE-WAIT", "CLOSING",  "LAST-ACK",     "TIME-WAIT"};

static const char *state(void) {
  struct tcp_pcb *pcb = found();
  if (pcb != NULL) return STATES[pcb->state];
  return listener != NULL ? "LISTEN" : "CLOSED";
}

static void does(const char *line) {
  static const unsigned char zeros[2048];
  int a, b;
  err_t error = ERR_OK;
  struct tcp_pcb *pcb = found();
  if (sscanf(line, "begin %d %d", &a, &b) == 2) {
    vanishes();
    port = a, peer_port = b;
  } else if (!strncmp(line, "listen", 6)) {
    if ((pcb = bound()) != NULL) listener = tcp_listen(pcb), tcp_accept(listener, accepts);
  } else if (!strncmp(line, "connect", 7)) {
    vanishes();
    if ((pcb = bound()) != NULL) takes(pcb), error = tcp_connect(pcb, &peer, peer_port, connects);
  } else if (!strncmp(line, "accept", 6)) {
    listens_no_more();
  } else if (sscanf(line, "write %d", &a) == 1) {
    error = pcb == NULL ? ERR_CONN : tcp_write(pcb, zeros, a, TCP_WRITE_FLAG_COPY);
    if (error == ERR_OK) error = tcp_output(pcb);
  } else if (!strncmp(line, "shut", 4)) {
    error = pcb == NULL ? ERR_CONN : tcp_shutdown(pcb, 0, 1);
  } else if (!strncmp(line, "close", 5)) {
    listens_no_more();
    if (pcb != NULL) error = tcp_close(pcb);
  } else if (!strncmp(line, "abort", 5)) {
    listens_no_more();
    if (pcb != NULL) tcp_abort(pcb);
  } else if (!strncmp(line, "vanish", 6)) {
    vanishes();
  } else if (!strncmp(line, "arrives ", 8)) {
    arrives(line + 8);
  } else if (sscanf(line, "wait %d", &a) == 1) {
    for (b = sent; a > 0 && b == sent; a -= TICK) tcp_tmr();
  }
  if (error != ERR_OK) printf("cannot %s\n", lwip_strerr(error));
}

int main(void) {
  static char line[LINE];
  ip4_addr_t own, mask, none = {0};
  lwip_init();
  IP4_ADDR(&own, 192, 0, 2, 1);
  IP4_ADDR(&mask, 255, 255, 255, 0);
  IP_ADDR4(&peer, 192, 0, 2, 2);
  netif_add(&device, &own, &mask, &none, NULL, begin_device, ip4_input);
  netif_set_default(&device);
  netif_set_up(&device);
  netif_set_link_up(&device);
  for (int ticks = 0; ticks < 8; ticks++) tcp_tmr(); /* in its first half second it chooses the same ISN each time */
  printf("ready %s\n.\n", LWIP_VERSION_STRING);
  fflush(stdout);
  while (fgets(line, sizeof line, stdin) != NULL) {
    does(line);
    printf("state %s\n.\n", state());
    fflush(stdout);
  }
  return 0;
}
