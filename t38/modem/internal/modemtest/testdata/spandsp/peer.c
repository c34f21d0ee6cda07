/*
 * The fax modems of libspandsp, run by a test. Commands come in on stdin,
 * answers go out on stdout; numbers have their most significant octet first,
 * samples are signed 16-bit numbers, MODEM is 17, 21, 27 or 29.
 *
 *   'T' modem(1) rate(2) short(1) echo(1) n(4) bits     transmit these bits
 *                                          -> n(4) samples
 *   'R' modem(1) rate(2) short(1)                       begin to receive
 *   'A' n(4) samples                                    hear these samples
 *                                          -> n(4) events, each a bit, or a
 *                                             SIG_STATUS_ value as an int8
 *   'C' modem(1) rate(2) n(4) samples                   time the receiver alone
 *                                          -> nanoseconds(8)
 *   'D' modem(1) rate(2) samples(4)                     time the transmitter
 *                                          -> nanoseconds(8)
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <spandsp.h>

static uint8_t *bits;
static unsigned bit_count, bit_next;

static int8_t *events;
static unsigned event_count, event_room;

static union {
    v17_rx_state_t *v17;
    fsk_rx_state_t *v21; /* channel 2 */
    v27ter_rx_state_t *v27ter;
    v29_rx_state_t *v29;
} rx;
static int rx_modem;
static v17_rx_state_t *kept_v17; /* keeps its equaliser for short training */
static v17_tx_state_t *tx_v17;

static uint64_t number(int octets)
{
    uint64_t n = 0;
    while (octets-- > 0) {
        int c = getchar();
        if (c == EOF)
            exit(0);
        n = n << 8 | (unsigned) c;
    }
    return n;
}

static void put(uint64_t n, int octets)
{
    while (octets-- > 0)
        putchar((int) (n >> 8 * octets & 0xFF));
}

static int next_bit(void *user)
{
    (void) user;
    return bit_next < bit_count ? bits[bit_next++] : SIG_STATUS_END_OF_DATA;
}

static int random_bit(void *user)
{
    static uint32_t seed = 1;
    (void) user;
    seed = seed * 1664525 + 1013904223;
    return seed >> 31;
}

static void event(void *user, int bit)
{
    (void) user;
    if (event_count == event_room) {
        event_room = event_room * 2 + 1000;
        events = realloc(events, event_room);
    }
    events[event_count++] = (int8_t) bit;
}

static void ignore(void *user, int bit)
{
    (void) user;
    (void) bit;
}

static int transmit_some(int modem, void *s, int16_t *amp, int n)
{
    switch (modem) {
    case 17: return v17_tx(s, amp, n);
    case 21: return fsk_tx(s, amp, n);
    case 27: return v27ter_tx(s, amp, n);
    default: return v29_tx(s, amp, n);
    }
}

static void *transmitter(int modem, int rate, int echo, int (*get)(void *))
{
    switch (modem) {
    case 17: return v17_tx_init(NULL, rate, echo, get, NULL);
    case 21: return fsk_tx_init(NULL, &preset_fsk_specs[FSK_V21CH2], get, NULL);
    case 27: return v27ter_tx_init(NULL, rate, echo, get, NULL);
    default: return v29_tx_init(NULL, rate, echo, get, NULL);
    }
}

static void transmit(void)
{
    int modem = (int) number(1), rate = (int) number(2), brief = (int) number(1), echo = (int) number(1);
    static int16_t amp[8000 * 120];
    unsigned n = 0;
    void *s;
    int got;

    bit_count = (unsigned) number(4);
    bits = realloc(bits, bit_count + 1);
    for (bit_next = 0; bit_next < bit_count; bit_next++)
        bits[bit_next] = (uint8_t) number(1);
    bit_next = 0;
    if (modem == 17 && brief && tx_v17 != NULL) {
        s = tx_v17;
        v17_tx_restart(s, rate, echo, 1);
    } else {
        s = transmitter(modem, rate, echo, next_bit);
        if (modem == 17)
            tx_v17 = s;
        if (modem == 17 && brief)
            v17_tx_restart(s, rate, echo, 1);
    }
    while (n + 160 <= sizeof(amp) / sizeof(amp[0]) && (got = transmit_some(modem, s, amp + n, 160)) > 0)
        n += (unsigned) got;
    put(n, 4);
    for (unsigned i = 0; i < n; i++)
        put((uint16_t) amp[i], 2);
}

static void restart(void)
{
    int rate, brief;
    rx_modem = (int) number(1);
    rate = (int) number(2);
    brief = (int) number(1);
    switch (rx_modem) {
    case 17:
        if (kept_v17 == NULL)
            kept_v17 = v17_rx_init(NULL, rate, event, NULL);
        else
            v17_rx_restart(kept_v17, rate, brief);
        rx.v17 = kept_v17;
        break;
    case 21:
        rx.v21 = fsk_rx_init(NULL, &preset_fsk_specs[FSK_V21CH2], FSK_FRAME_MODE_SYNC, event, NULL);
        fsk_rx_signal_cutoff(rx.v21, -45.5f);
        break;
    case 27:
        rx.v27ter = v27ter_rx_init(NULL, rate, event, NULL);
        v27ter_rx_signal_cutoff(rx.v27ter, -45.5f);
        break;
    default:
        rx.v29 = v29_rx_init(NULL, rate, event, NULL);
        v29_rx_signal_cutoff(rx.v29, -45.5f);
        break;
    }
    if (rx_modem == 17)
        v17_rx_signal_cutoff(rx.v17, -45.5f);
}

static void receive(const int16_t *amp, int n)
{
    switch (rx_modem) {
    case 17: v17_rx(rx.v17, amp, n); break;
    case 21: fsk_rx(rx.v21, amp, n); break;
    case 27: v27ter_rx(rx.v27ter, amp, n); break;
    default: v29_rx(rx.v29, amp, n); break;
    }
}

static int16_t *samples(unsigned n)
{
    int16_t *amp = malloc(n * sizeof(amp[0]) + 1);
    for (unsigned i = 0; i < n; i++)
        amp[i] = (int16_t) number(2);
    return amp;
}

static void hear(void)
{
    unsigned n = (unsigned) number(4);
    int16_t *amp = samples(n);
    event_count = 0;
    for (unsigned i = 0; i < n; i += 160)
        receive(amp + i, (int) (n - i < 160 ? n - i : 160));
    free(amp);
    put(event_count, 4);
    fwrite(events, 1, event_count, stdout);
}

static uint64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (uint64_t) t.tv_sec * 1000000000u + (uint64_t) t.tv_nsec;
}

static void time_receiver(void)
{
    int modem = (int) number(1), rate = (int) number(2);
    unsigned n = (unsigned) number(4);
    int16_t *amp = samples(n);
    uint64_t from;
    rx_modem = modem;
    switch (modem) {
    case 17: rx.v17 = v17_rx_init(NULL, rate, ignore, NULL); break;
    case 21:
        rx.v21 = fsk_rx_init(NULL, &preset_fsk_specs[FSK_V21CH2], FSK_FRAME_MODE_SYNC, ignore, NULL);
        break;
    case 27: rx.v27ter = v27ter_rx_init(NULL, rate, ignore, NULL); break;
    default: rx.v29 = v29_rx_init(NULL, rate, ignore, NULL); break;
    }
    from = now();
    for (unsigned i = 0; i + 160 <= n; i += 160)
        receive(amp + i, 160);
    put(now() - from, 8);
    free(amp);
}

static void time_transmitter(void)
{
    int modem = (int) number(1), rate = (int) number(2);
    unsigned n = (unsigned) number(4);
    int16_t amp[160];
    void *s = transmitter(modem, rate, 0, random_bit);
    uint64_t from = now();
    for (unsigned i = 0; i + 160 <= n; i += 160)
        transmit_some(modem, s, amp, 160);
    put(now() - from, 8);
}

int main(void)
{
    for (;;) {
        switch (number(1)) {
        case 'T': transmit(); break;
        case 'R': restart(); break;
        case 'A': hear(); break;
        case 'C': time_receiver(); break;
        case 'D': time_transmitter(); break;
        default: return 2;
        }
        fflush(stdout);
    }
}
