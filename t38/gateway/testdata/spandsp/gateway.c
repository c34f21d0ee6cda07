/*
 * A T.38 gateway of libspandsp in lockstep with a test: IFP packets on one side,
 * samples on the other. UDPTL is the test's business.
 *
 *   in    'P' seq(2) len(2) octets   an IFP packet has arrived
 *         'A' 160 samples(2)         20 ms have come from the line
 *         'Q'                        the call is over
 *   out   'P' count(1) len(2) octets an IFP packet is sent, to be sent so often
 *         'A' 160 samples(2)         what goes to the line; the 20 ms are over
 *         'U' us(4)                  at the end: processor time of the gateway alone
 *
 *   gateway calls|answers sends|receives FILE ECM MODEMS CODINGS
 *
 * Of its arguments it needs ECM and MODEMS.
 */
#include "../../../internal/spandsptest/common.h"

#include <time.h>

enum { BLOCK = 160 };

static double spent; /* seconds */

static double cpu(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double) t.tv_sec + (double) t.tv_nsec / 1e9;
}

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

int main(int argc, char **argv)
{
    static uint8_t buf[65536];
    static char outbuf[1 << 16];
    t38_gateway_state_t *s;
    int c;

    (void) phase_e;
    (void) read_pages;
    (void) configure;
    (void) finish;
    if (argc < 7)
        return 1;
    setvbuf(stdout, outbuf, _IOFBF, sizeof outbuf);
    s = t38_gateway_init(NULL, send_packet, NULL);
    t38_gateway_set_transmit_on_idle(s, 1);
    t38_gateway_set_ecm_capability(s, atoi(argv[4]));
    t38_gateway_set_supported_modems(s, atoi(argv[5]));
    while ((c = getchar()) != EOF) {
        int16_t block[BLOCK];
        unsigned seq, len;
        int n;
        double begun;
        switch (c) {
        case 'P':
            seq = number(2);
            len = number(2);
            octets(buf, len);
            begun = cpu();
            t38_core_rx_ifp_packet(t38_gateway_get_t38_core_state(s), buf, (int) len, (uint16_t) seq);
            spent += cpu() - begun;
            break;
        case 'A':
            for (n = 0; n < BLOCK; n++)
                block[n] = (int16_t) number(2);
            begun = cpu();
            t38_gateway_rx(s, block, BLOCK);
            n = t38_gateway_tx(s, block, BLOCK);
            spent += cpu() - begun;
            memset(block + n, 0, (size_t) (BLOCK - n) * sizeof block[0]);
            put('A', 1);
            for (n = 0; n < BLOCK; n++)
                put((uint16_t) block[n], 2);
            fflush(stdout);
            break;
        case 'Q':
            t38_gateway_release(s);
            t38_gateway_free(s);
            put('U', 1);
            put((unsigned) (spent * 1e6), 4);
            fflush(stdout);
            return 0;
        }
    }
    return 2;
}
