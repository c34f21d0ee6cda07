/*
 * What both peers of libspandsp have in common: numbers and pages on stdin and
 * stdout, and the set-up of the T.30 engine.
 *
 * Numbers have their most significant octet first. Pages travel as a count(2)
 * and for each width(4) rows(4) and rows of octets, black is 1; to the peer with
 * lines per cm in hundredths(4) before the rows.
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

/* configure: FILE.tif ECM MODEMS CODINGS follow calls|answers sends|receives. */
static void configure(t30_state_t *t30, char **argv)
{
    t30_set_tx_ident(t30, "5552");
    t30_set_ecm_capability(t30, atoi(argv[4]));
    t30_set_supported_modems(t30, atoi(argv[5]));
    t30_set_supported_compressions(t30, atoi(argv[6]));
    t30_set_supported_image_sizes(t30, T30_SUPPORT_US_LETTER_LENGTH | T30_SUPPORT_US_LEGAL_LENGTH |
        T30_SUPPORT_UNLIMITED_LENGTH | T30_SUPPORT_215MM_WIDTH | T30_SUPPORT_255MM_WIDTH | T30_SUPPORT_303MM_WIDTH);
    t30_set_supported_resolutions(t30, T30_SUPPORT_STANDARD_RESOLUTION | T30_SUPPORT_FINE_RESOLUTION |
        T30_SUPPORT_SUPERFINE_RESOLUTION | T30_SUPPORT_R8_RESOLUTION);
    t30_set_phase_e_handler(t30, phase_e, NULL);
    if (strcmp(argv[2], "sends") == 0) {
        t30_set_tx_file(t30, argv[3], -1, -1);
    } else {
        t30_set_rx_file(t30, argv[3], -1);
        t30_set_rx_encoding(t30, T4_COMPRESSION_ITU_T6);
    }
    if (getenv("SPANDSP_DEBUG"))
        span_log_set_level(t30_get_logging_state(t30), SPAN_LOG_SHOW_SEVERITY | SPAN_LOG_SHOW_PROTOCOL | SPAN_LOG_FLOW);
}

/* finish says how the call ended and what was received. */
static void finish(char **argv)
{
    put('R', 1);
    put((unsigned) result & 0xFF, 1);
    if (strcmp(argv[2], "receives") == 0)
        write_pages(argv[3]);
    else
        put(0, 2);
    fflush(stdout);
}
