package offramp

import (
	"net/mail"
	"strings"

	"github.com/pagebridge/pagebridge/mailbridge/internal/imf"
)

// wantsReceipt tells whether the sender of a mail wants a disposition notification, and
// may have one from a program that asks nobody: RFC 8098 2.1. It must go where the mail
// came from and nowhere else, no demand may be unknown, and a notification is never
// answered by another.
func wantsReceipt(h imf.Header, returnPath string) bool {
	if returnPath == "" || h.Count("Disposition-Notification-To") != 1 {
		return false
	}
	to, err := mail.ParseAddressList(h.Get("Disposition-Notification-To"))
	if err != nil || len(to) != 1 || !sameMailbox(to[0].Address, returnPath) {
		return false
	}
	for parameter := range strings.SplitSeq(h.Get("Disposition-Notification-Options"), ";") {
		_, value, _ := strings.Cut(parameter, "=")
		if importance, _, _ := strings.Cut(value, ","); strings.EqualFold(strings.TrimSpace(importance), "required") {
			return false
		}
	}
	mediaType, _ := imf.ContentType(h)
	return mediaType != "multipart/report"
}

// sameMailbox compares as RFC 8098 2.1 does: the case of the local part may matter.
func sameMailbox(a, b string) bool {
	i, j := strings.LastIndexByte(a, '@'), strings.LastIndexByte(b, '@')
	return i > 0 && j > 0 && a[:i] == b[:j] && strings.EqualFold(a[i:], b[j:])
}
