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
	tagOrientation            = 274
	tagSamplesPerPixel        = 277
	tagRowsPerStrip           = 278
	tagStripByteCounts        = 279
	tagXResolution            = 282
	tagYResolution            = 283
	tagPlanar                 = 284
	tagT4Options              = 292
	tagT6Options              = 293
	tagResolutionUnit         = 296
	tagPageNumber             = 297
	tagSoftware               = 305
	tagDateTime               = 306
	tagPredictor              = 317
	tagColorMap               = 320
	tagTileWidth              = 322
	tagTileLength             = 323
	tagTileOffsets            = 324
	tagTileByteCounts         = 325
	tagBadFaxLines            = 326 // RFC 2306
	tagCleanFaxData           = 327
	tagConsecutiveBadFaxLines = 328
	tagExtraSamples           = 338
	tagSampleFormat           = 339
	tagJPEGTables             = 347
)

// The types of values; those from 16 on are BigTIFF's.
const (
	typeByte     = 1
	typeASCII    = 2
	typeShort    = 3
	typeLong     = 4
	typeRational = 5
	typeFloat    = 11
	typeDouble   = 12
	typeIFD      = 13
	typeLong8    = 16
	typeIFD8     = 18
)

// typeSize is how many octets a value has, by its type.
var typeSize = [...]int64{
	1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8,
}

// The values of Compression.
const (
	compressionNone     = 1
	compressionRLE      = 2 // MH without EOLs, each row from an octet on
	compressionT4       = 3
	compressionT6       = 4
	compressionLZW      = 5
	compressionJPEG     = 7
	compressionDeflate  = 8
	compressionPackBits = 32773
	compressionDeflate0 = 32946 // the same as 8, before it had its number
)

// The values of PhotometricInterpretation for black and white.
const (
	whiteIsZero = 0
	blackIsZero = 1
)

// Bits of NewSubfileType.
const (
	reducedImage = 1 << 0 // a thumbnail of another page
	pageOfMany   = 1 << 1
	maskImage    = 1 << 2 // says which pels of another page show
)

// Bits of T4Options and T6Options.
const (
	t4TwoDimensional = 1 << 0
	uncompressedMode = 1 << 1 // may be used
)

// The values of ResolutionUnit.
const (
	unitInch       = 2
	unitCentimetre = 3
)
