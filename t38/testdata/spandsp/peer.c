/*
 * A T.38 terminal of libspandsp in lockstep with a test, for interop. Time and
 * IFP packets come in on stdin, packets and the time's end go out on stdout;
 * UDPTL is the test's business.
 *
 *   in    'P' seq(2) len(2) octets   an IFP packet has arrived
 *         'T'                        20 ms pass
 *         'Q'                        the call is over
 *   out   'P' len(2) octets          an IFP packet is sent
 *         'T' done(1)                the 20 ms are over
 *         'R' code(1) pages          the result, and what was received
 *
 * Numbers have their most significant octet first. Pages travel as a count(2)
 * and for each width(4) rows(4) and rows of octets, black is 1.
 *
 *   peer calls|answers sends|receives FILE.tif ECM VERSION MODEMS CODINGS OPTIONS
 *
 * With "sends" the pages come first on stdin, each with its lines per cm.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <stdint.h>
#include <stdbool.h>
#include <tiffio.h>
#include <spandsp.h>

static int done;
static int result = 255;

static unsigned number(int octets)
{
    unsigned n = 0;
    while (octets-- > 0) {
        int c = getchar();
        if (c == EOF)
            exit(2);
        n = n << 8 | (unsigned) c;
    }
    return n;
}

static void put(unsigned n, int octets)
{
    while (octets-- > 0)
        putchar((int) (n >> 8 * octets & 0xFF));
}

static void octets(uint8_t *buf, size_t n)
{
    if (n > 0 && fread(buf, 1, n, stdin) != n)
        exit(2);
}

static int send_packet(t38_core_state_t *s, void *user, const uint8_t *buf, int len, int count)
{
    (void) s;
    (void) user;
    (void) count;
    put('P', 1);
    put((unsigned) len, 2);
    fwrite(buf, 1, (size_t) len, stdout);
    return 0;
}

static void phase_e(t30_state_t *s, void *user, int code)
{
    (void) s;
    (void) user;
    done = 1;
    result = code;
}

static void read_pages(const char *file)
{
    TIFF *t = TIFFOpen(file, "w");
    unsigned pages = number(2);
    if (t == NULL)
        exit(3);
    for (unsigned p = 0; p < pages; p++) {
        unsigned width = number(4), rows = number(4), per_cm = number(4);
        uint8_t *row = malloc(width / 8 + 1);
        TIFFSetField(t, TIFFTAG_IMAGEWIDTH, width);
        TIFFSetField(t, TIFFTAG_IMAGELENGTH, rows);
        TIFFSetField(t, TIFFTAG_BITSPERSAMPLE, 1);
        TIFFSetField(t, TIFFTAG_SAMPLESPERPIXEL, 1);
        TIFFSetField(t, TIFFTAG_COMPRESSION, COMPRESSION_CCITT_T6);
        TIFFSetField(t, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISWHITE);
        TIFFSetField(t, TIFFTAG_FILLORDER, FILLORDER_MSB2LSB);
        TIFFSetField(t, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
        TIFFSetField(t, TIFFTAG_ROWSPERSTRIP, rows);
        TIFFSetField(t, TIFFTAG_XRESOLUTION, 80.31);
        TIFFSetField(t, TIFFTAG_YRESOLUTION, per_cm / 100.0);
        TIFFSetField(t, TIFFTAG_RESOLUTIONUNIT, RESUNIT_CENTIMETER);
        for (unsigned y = 0; y < rows; y++) {
            octets(row, (width + 7) / 8);
            TIFFWriteScanline(t, row, y, 0);
        }
        TIFFWriteDirectory(t);
        free(row);
    }
    TIFFClose(t);
}

static void write_pages(const char *file)
{
    TIFF *t;
    unsigned pages = 0;
    TIFFSetErrorHandler(NULL);
    TIFFSetWarningHandler(NULL);
    if ((t = TIFFOpen(file, "r")) == NULL) {
        put(0, 2);
        return;
    }
    pages = TIFFNumberOfDirectories(t);
    put(pages, 2);
    for (unsigned p = 0; p < pages; p++) {
        uint32_t width = 0, rows = 0;
        uint8_t *row;
        uint16_t photometric = PHOTOMETRIC_MINISWHITE;
        TIFFSetDirectory(t, (uint16_t) p);
        TIFFGetField(t, TIFFTAG_IMAGEWIDTH, &width);
        TIFFGetField(t, TIFFTAG_IMAGELENGTH, &rows);
        TIFFGetField(t, TIFFTAG_PHOTOMETRIC, &photometric);
        row = malloc((size_t) TIFFScanlineSize(t) + 1);
        put(width, 4);
        put(rows, 4);
        for (uint32_t y = 0; y < rows; y++) {
            if (TIFFReadScanline(t, row, y, 0) < 0)
                memset(row, 0xAA, (width + 7) / 8);
            if (photometric == PHOTOMETRIC_MINISBLACK)
                for (uint32_t i = 0; i < (width + 7) / 8; i++)
                    row[i] = (uint8_t) ~row[i];
            fwrite(row, 1, (width + 7) / 8, stdout);
        }
        free(row);
    }
    TIFFClose(t);
}

static t38_terminal_state_t *terminal(char **argv)
{
    bool calls = strcmp(argv[1], "calls") == 0, sends = strcmp(argv[2], "sends") == 0;
    t38_terminal_state_t *s = t38_terminal_init(NULL, calls, send_packet, NULL);
    t30_state_t *t30 = t38_terminal_get_t30_state(s);
    t38_core_state_t *core = t38_terminal_get_t38_core_state(s);

    t38_set_t38_version(core, atoi(argv[5]));
    t38_terminal_set_config(s, atoi(argv[8]));
    t30_set_tx_ident(t30, "5552");
    t30_set_ecm_capability(t30, atoi(argv[4]));
    t30_set_supported_modems(t30, atoi(argv[6]));
    t30_set_supported_compressions(t30, atoi(argv[7]));
    t30_set_supported_image_sizes(t30, T30_SUPPORT_US_LETTER_LENGTH | T30_SUPPORT_US_LEGAL_LENGTH |
        T30_SUPPORT_UNLIMITED_LENGTH | T30_SUPPORT_215MM_WIDTH | T30_SUPPORT_255MM_WIDTH | T30_SUPPORT_303MM_WIDTH);
    t30_set_supported_resolutions(t30, T30_SUPPORT_STANDARD_RESOLUTION | T30_SUPPORT_FINE_RESOLUTION |
        T30_SUPPORT_SUPERFINE_RESOLUTION | T30_SUPPORT_R8_RESOLUTION);
    t30_set_phase_e_handler(t30, phase_e, NULL);
    if (sends) {
        t30_set_tx_file(t30, argv[3], -1, -1);
    } else {
        t30_set_rx_file(t30, argv[3], -1);
        t30_set_rx_encoding(t30, T4_COMPRESSION_ITU_T6);
    }
    if (getenv("SPANDSP_DEBUG")) {
        span_log_set_level(t30_get_logging_state(t30), SPAN_LOG_SHOW_SEVERITY | SPAN_LOG_SHOW_PROTOCOL | SPAN_LOG_FLOW);
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
            put('R', 1);
            put((unsigned) result & 0xFF, 1);
            if (strcmp(argv[2], "receives") == 0)
                write_pages(argv[3]);
            else
                put(0, 2);
            fflush(stdout);
            return 0;
        }
    }
    return 2;
}
