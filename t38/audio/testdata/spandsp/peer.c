/*
 * A fax machine of libspandsp on a line of samples, in lockstep with a test.
 *
 *   in    'A' 160 samples(2)   20 ms have come from the line
 *         'L'                  20 ms were lost in the network
 *         'Q'                  the call is over
 *   out   'A' done(1) 160 samples(2)
 *         'R' code(1) pages    the result, and what was received
 *
 *   peer calls|answers sends|receives FILE.tif ECM MODEMS CODINGS
 *
 * With "sends" the pages come first on stdin.
 */
#include "../../../internal/spandsptest/common.h"

enum { BLOCK = 160 };

int main(int argc, char **argv)
{
    static char outbuf[1 << 16];
    fax_state_t *s;
    int c;

    if (argc < 7)
        return 1;
    setvbuf(stdout, outbuf, _IOFBF, sizeof outbuf);
    if (strcmp(argv[2], "sends") == 0)
        read_pages(argv[3]);
    s = fax_init(NULL, strcmp(argv[1], "calls") == 0);
    fax_set_transmit_on_idle(s, true);
    configure(fax_get_t30_state(s), argv);
    if (getenv("SPANDSP_DEBUG"))
        span_log_set_level(fax_get_logging_state(s), SPAN_LOG_SHOW_SEVERITY | SPAN_LOG_SHOW_PROTOCOL | SPAN_LOG_FLOW);
    while ((c = getchar()) != EOF) {
        int16_t block[BLOCK];
        int n;
        switch (c) {
        case 'A':
        case 'L':
            if (c == 'L') {
                fax_rx_fillin(s, BLOCK);
            } else {
                for (n = 0; n < BLOCK; n++)
                    block[n] = (int16_t) number(2);
                fax_rx(s, block, BLOCK);
            }
            n = fax_tx(s, block, BLOCK);
            memset(block + n, 0, (size_t) (BLOCK - n) * sizeof block[0]);
            put('A', 1);
            put((unsigned) done, 1);
            for (n = 0; n < BLOCK; n++)
                put((uint16_t) block[n], 2);
            fflush(stdout);
            break;
        case 'Q':
            t30_terminate(fax_get_t30_state(s));
            fax_release(s);
            fax_free(s);
            finish(argv);
            return 0;
        }
    }
    return 2;
}
