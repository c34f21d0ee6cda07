package tiff

// The tags of TIFF 6.0 and TIFF-F that are read or written here.
const (
	tagNewSubfileType         = 254
	tagImageWidth             = 256
	tagImageLength            = 257
	tagBitsPerSample          = 258
	tagCompression            = 259
	tagPhotometric            = 262
	tagFillOrder              = 266
	tagStripOffsets           = 273
	tagSamplesPerPixel        = 277
	tagRowsPerStrip           = 278
	tagStripByteCounts        = 279
	tagXResolution            = 282
	tagYResolution            = 283
	tagT4Options              = 292
	tagT6Options              = 293
	tagResolutionUnit         = 296
	tagPageNumber             = 297
	tagSoftware               = 305
	tagDateTime               = 306
	tagTileWidth              = 322
	tagBadFaxLines            = 326 // RFC 2306 3.4
	tagCleanFaxData           = 327
	tagConsecutiveBadFaxLines = 328
)

// The types of values.
const (
	typeByte     = 1
	typeASCII    = 2
	typeShort    = 3
	typeLong     = 4
	typeRational = 5
)

// typeSize is the size of one value of a type, in octets; 0: not read here.
var typeSize = [...]int{typeByte: 1, typeASCII: 1, typeShort: 2, typeLong: 4, typeRational: 8}

// The values of Compression.
const (
	compressionNone     = 1
	compressionRLE      = 2 // modified Huffman without EOLs, rows at octets
	compressionT4       = 3
	compressionT6       = 4
	compressionPackBits = 32773
)

// The values of Photometric.
const (
	whiteIsZero = 0
	blackIsZero = 1
)

// Bits of T4Options.
const (
	t4TwoDimensional = 1 << 0
	t4Uncompressed   = 1 << 1
)

const (
	unitInch       = 2
	unitCentimetre = 3
)
