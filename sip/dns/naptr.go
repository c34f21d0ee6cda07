package dns

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/net/dns/dnsmessage"
)

// NAPTR is one record (RFC 3403 4.1) of a kind that names a SIP server: without a
// regular expression, which RFC 3263 4.1 has no use for.
type NAPTR struct {
	Order, Preference uint16
	Flags             string // "s": Replacement has SRV records; "a": addresses
	Service           string // "SIP+D2U", "SIP+D2T", "SIPS+D2T"
	Replacement       string // without the final dot
}

// typeNAPTR is the type's number (RFC 3403 7).
const typeNAPTR = dnsmessage.Type(35)

// maxRecords is how many records of an answer are looked at.
const maxRecords = 64

var errShort = errors.New("the record is cut off")

// parseNAPTR reads RDATA. The record's name is not compressed (RFC 3597 4).
func parseNAPTR(b []byte) (n NAPTR, err error) {
	if len(b) < 4 {
		return n, errShort
	}
	n.Order, n.Preference = binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:])
	b = b[4:]
	var texts [3]string // flags, services, regular expression
	for i := range texts {
		if len(b) == 0 || len(b) <= int(b[0]) {
			return n, errShort
		}
		end := 1 + int(b[0])
		texts[i], b = string(b[1:end]), b[end:]
	}
	if texts[2] != "" {
		return n, fmt.Errorf("it has a regular expression, %q", texts[2])
	}
	n.Flags, n.Service = strings.ToLower(texts[0]), strings.ToUpper(texts[1])
	n.Replacement, err = parseName(b)
	return n, err
}

// parseName reads a name that fills b: labels of at most 63 octets, and 255 in all
// (RFC 1035 2.3.4).
func parseName(b []byte) (string, error) {
	if len(b) > 255 {
		return "", errors.New("the name is too long")
	}
	var labels []string
	for {
		switch {
		case len(b) == 0:
			return "", errShort
		case b[0] == 0 && len(b) == 1:
			return strings.Join(labels, "."), nil
		case b[0] == 0 || b[0] > 63 || len(b) <= int(b[0]):
			return "", errors.New("its name is not one")
		}
		end := 1 + int(b[0])
		label := string(b[1:end])
		if strings.ContainsFunc(label, notInName) {
			return "", fmt.Errorf("its name has the label %q", label)
		}
		labels, b = append(labels, label), b[end:]
	}
}

// notInName tells what no name of a SIP server, or of its SRV records, has.
func notInName(r rune) bool {
	return r != '-' && r != '_' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
}

// parseAnswer reads the NAPTR records of a message, those to be tried first first.
// Records that are no good to us are left out. cut says that the message was too
// long for its datagram.
func parseAnswer(b []byte, id uint16, q dnsmessage.Question) (list []NAPTR, cut bool, err error) {
	var p dnsmessage.Parser
	h, err := p.Start(b)
	if err != nil {
		return nil, false, err
	}
	asked, err := p.Question()
	switch {
	case err != nil:
		return nil, false, err
	case h.ID != id || !h.Response || asked.Type != q.Type || !strings.EqualFold(asked.Name.String(), q.Name.String()):
		return nil, false, errOther
	case h.Truncated:
		return nil, true, nil
	case h.RCode == dnsmessage.RCodeNameError:
		return nil, false, nil
	case h.RCode != dnsmessage.RCodeSuccess:
		return nil, false, fmt.Errorf("the name server says %v", h.RCode)
	}
	if err := p.SkipAllQuestions(); err != nil {
		return nil, false, err
	}
	for range maxRecords {
		r, err := p.AnswerHeader()
		if errors.Is(err, dnsmessage.ErrSectionDone) {
			break
		}
		if err != nil {
			return nil, false, err
		}
		if r.Type != typeNAPTR { // the CNAME that led to them
			if err := p.SkipAnswer(); err != nil {
				return nil, false, err
			}
			continue
		}
		raw, err := p.UnknownResource()
		if err != nil {
			return nil, false, err
		}
		if n, err := parseNAPTR(raw.Data); err == nil {
			list = append(list, n)
		}
	}
	slices.SortStableFunc(list, func(a, b NAPTR) int {
		return cmp.Or(cmp.Compare(a.Order, b.Order), cmp.Compare(a.Preference, b.Preference))
	})
	return list, false, nil
}

// errOther is the error of a message that does not answer the question.
var errOther = errors.New("the message answers another question")
