package render

import (
	"github.com/klippa-app/go-pdfium/enums"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
	"github.com/klippa-app/go-pdfium/structs"
)

// pdfForm is a PDF file under way: its document and, when somebody has filled in a
// form, what draws the fields. PDFium leaves fields out of the pages otherwise.
type pdfForm struct {
	*engine
	document references.FPDF_DOCUMENT
	fields   *references.FPDF_FORMHANDLE // nil: it has no form
}

// openForm begins to draw a document. A form that cannot be read has no fields.
func (e *engine) openForm(document references.FPDF_DOCUMENT) *pdfForm {
	f := &pdfForm{engine: e, document: document}
	kind, err := e.FPDF_GetFormType(&requests.FPDF_GetFormType{Document: document})
	if err != nil || kind.FormType == enums.FPDF_FORMTYPE_NONE {
		return f
	}
	made, err := e.FPDFDOC_InitFormFillEnvironment(&requests.FPDFDOC_InitFormFillEnvironment{
		Document: document, FormFillInfo: nobodyAtTheScreen,
	})
	if err == nil {
		f.fields = &made.FormHandle
	}
	return f
}

// nobodyAtTheScreen answers what a form asks of a person's screen. The engine has no
// JavaScript, so that a form does nothing by itself.
var nobodyAtTheScreen = structs.FPDF_FORMFILLINFO{
	FFI_Invalidate:         func(references.FPDF_PAGE, float64, float64, float64, float64) {},
	FFI_SetCursor:          func(enums.FXCT) {},
	FFI_SetTimer:           func(int, func(int)) int { return 0 },
	FFI_KillTimer:          func(int) {},
	FFI_GetLocalTime:       func() structs.FPDF_SYSTEMTIME { return structs.FPDF_SYSTEMTIME{} },
	FFI_GetPage:            func(references.FPDF_DOCUMENT, int) *references.FPDF_PAGE { return nil },
	FFI_GetRotation:        func(references.FPDF_PAGE) enums.FPDF_PAGE_ROTATION { return enums.FPDF_PAGE_ROTATION_NONE },
	FFI_ExecuteNamedAction: func(string) {},
}

// close ends what openForm began.
func (f *pdfForm) close() {
	if f.fields != nil {
		_, _ = f.FPDFDOC_ExitFormFillEnvironment(&requests.FPDFDOC_ExitFormFillEnvironment{FormHandle: *f.fields})
	}
	_, _ = f.FPDF_CloseDocument(&requests.FPDF_CloseDocument{Document: f.document})
}

// drawFields draws the fields of a page over it.
func (f *pdfForm) drawFields(page requests.Page, bitmap references.FPDF_BITMAP, d drawing) error {
	if f.fields == nil {
		return nil
	}
	if _, err := f.FORM_OnAfterLoadPage(&requests.FORM_OnAfterLoadPage{Page: page, FormHandle: *f.fields}); err != nil {
		return err
	}
	_, err := f.FPDF_FFLDraw(&requests.FPDF_FFLDraw{
		FormHandle: *f.fields, Bitmap: bitmap, Page: page,
		StartX: (Width - d.width) / 2, SizeX: d.width, SizeY: d.rows, Rotate: d.rotate, Flags: drawFlags,
	})
	if err != nil {
		return err
	}
	_, err = f.FORM_OnBeforeClosePage(&requests.FORM_OnBeforeClosePage{Page: page, FormHandle: *f.fields})
	return err
}

// mostObjects is how many objects of a page are looked at: a scan has few, unless
// somebody has put its words behind it, a text for each.
const mostObjects = 5000

// scanned says that a page is nothing but pictures in black and white, perhaps with
// the words that a program has read in them: a scan. What is grey in it comes from
// scaling alone, and hard edges are better for it than dots.
func (f *pdfForm) scanned(page requests.Page) bool {
	objects, err := f.FPDFPage_CountObjects(&requests.FPDFPage_CountObjects{Page: page})
	if err != nil || objects.Count > mostObjects {
		return false
	}
	pictures := 0
	for i := range objects.Count {
		o, err := f.FPDFPage_GetObject(&requests.FPDFPage_GetObject{Page: page, Index: i})
		if err != nil {
			return false
		}
		kind, err := f.FPDFPageObj_GetType(&requests.FPDFPageObj_GetType{PageObject: o.PageObject})
		if err != nil {
			return false
		}
		switch kind.Type {
		case enums.FPDF_PAGEOBJ_TEXT:
		case enums.FPDF_PAGEOBJ_IMAGE:
			m, err := f.FPDFImageObj_GetImageMetadata(&requests.FPDFImageObj_GetImageMetadata{ImageObject: o.PageObject, Page: page})
			if err != nil || m.ImageMetadata.BitsPerPixel != 1 {
				return false
			}
			pictures++
		default:
			return false
		}
	}
	return pictures > 0
}
