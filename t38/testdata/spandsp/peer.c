/*
 * A T.38 terminal of libspandsp in lockstep with a test, for interop. Time and
 * IFP packets come in on stdin, packets and the time's end go out on stdout;
 * UDPTL is the test's business.
 *
 *   in    'P' seq(2) len(2) octets   an IFP packet has arrived
 *         'T'                        20 ms pass
 *         'Q'                        the call is over
 *   out   'P' count(1) len(2) octets an IFP packet is sent, to be sent so often
 *         'T' done(1)                the 20 ms are over
 *         'R' code(1) pages          the result, and what was received
 *
 *   peer calls|answers sends|receives FILE.tif ECM MODEMS CODINGS VERSION OPTIONS
 *
 * With "sends" the pages come first on stdin.
 */
#include "../../internal/spandsptest/common.h"

static int send_packet(t38_core_state_t *s, void *user, const uint8_t *buf, int len, int count)
{
    (void) s;
    (void) user;
    put('P', 1);
    put((unsigned) count, 1);
    put((unsigned) len, 2);
    fwrite(buf, 1, (size_t) len, stdout);
    return 0;
}

static t38_terminal_state_t *terminal(char **argv)
{
    bool calls = strcmp(argv[1], "calls") == 0;
    t38_terminal_state_t *s = t38_terminal_init(NULL, calls, send_packet, NULL);
    t30_state_t *t30 = t38_terminal_get_t30_state(s);
    t38_core_state_t *core = t38_terminal_get_t38_core_state(s);

    t38_set_t38_version(core, atoi(argv[7]));
    t38_terminal_set_config(s, atoi(argv[8]));
    configure(t30, argv);
    if (getenv("SPANDSP_DEBUG")) {
        span_log_set_level(t38_terminal_get_logging_state(s), SPAN_LOG_SHOW_SEVERITY | SPAN_LOG_SHOW_PROTOCOL | SPAN_LOG_FLOW);
        span_log_set_level(t38_core_get_logging_state(core), SPAN_LOG_SHOW_SEVERITY | SPAN_LOG_SHOW_PROTOCOL | SPAN_LOG_FLOW);
    }
    return s;
}

int main(int argc, char **argv)
{
    static uint8_t buf[65536];
    static char outbuf[1 << 16];
    t38_terminal_state_t *s;
    int c;

    if (argc < 9)
        return 1;
    setvbuf(stdout, outbuf, _IOFBF, sizeof outbuf);
    if (strcmp(argv[2], "sends") == 0)
        read_pages(argv[3]);
    s = terminal(argv);
    while ((c = getchar()) != EOF) {
        unsigned seq, len;
        switch (c) {
        case 'P':
            seq = number(2);
            len = number(2);
            octets(buf, len);
            t38_core_rx_ifp_packet(t38_terminal_get_t38_core_state(s), buf, (int) len, (uint16_t) seq);
            break;
        case 'T':
            t38_terminal_send_timeout(s, 160);
            put('T', 1);
            put((unsigned) done, 1);
            fflush(stdout);
            break;
        case 'Q':
            t30_terminate(t38_terminal_get_t30_state(s));
            t38_terminal_release(s);
            t38_terminal_free(s);
            finish(argv);
            return 0;
        }
    }
    return 2;
}
