package report

import (
	"maps"
	"slices"

	"github.com/pagebridge/pagebridge/mailbridge"
)

// language is all that a report says to a person. %s in sentences is the recipient.
type language struct {
	delivered, notDelivered   string // subjects
	hasArrived, hasNotArrived string // first sentences
	delayed, isDelayed, wait  string // subject, first sentence and advice of a fax still tried
	until                     string // name of a row: how long it is tried
	why, advice               string // before the sentence
	unknown                   string // reason
	twice, perhaps            string // of a fax that has arrived, or not, and of which an earlier call may have delivered it
	number, subject, sent, lastCall, pages, machine, speed, call, id, calls,
	note, picture string // names of rows
	confirmed string // %d of %d pages
	earlier   string // %d calls are left out
	arrived   string // of one call
	date      string // layout of package time
	at        string // %s at %s: product and host

	causes map[string]string            // why, by Outcome.Cause; without: the outcome's own sentence
	status map[mailbridge.Status]string // what to do, by status
	doing  map[string]string            // what to do, by Outcome.Cause; "": when nothing else is known
	partly string                       // what to do when %d pages arrived
}

// languages by their tags (RFC 5646).
var languages = map[string]*language{"en": &english, "de": &german, "ja": &japanese}

// Languages are the tags of those that reports are written in.
func Languages() []string { return slices.Sorted(maps.Keys(languages)) }

// words finds the language of a report.
func (o *Options) words() *language {
	if l, ok := languages[o.Language]; ok {
		return l
	}
	return &english
}

// say is why a fax failed, in the language. English has the sentence of the outcome,
// which is about that very call.
func (l *language) say(o mailbridge.Outcome) string {
	if s, ok := l.causes[o.Cause]; ok {
		return s
	}
	if o.Sentence != "" {
		return o.Sentence
	}
	return l.unknown
}

var english = language{
	delivered: "Fax delivered to %s", notDelivered: "Fax NOT delivered to %s",
	hasArrived:    "Your fax to %s has been delivered: the receiving machine confirmed every page.",
	hasNotArrived: "Your fax to %s could NOT be delivered.",
	delayed:       "Fax to %s is delayed",
	isDelayed:     "Your fax to %s has not been delivered YET. This gateway goes on calling.",
	wait:          "wait, and do not send it again. You will be told when it has arrived or when it is given up.",
	until:         "Tried until",
	why:           "Why: ", advice: "What you can do: ", unknown: "The reason is not known.",
	twice:   "it may have arrived twice. An earlier call ended when the confirmation of its last page was due.",
	perhaps: "it may have arrived all the same. A call ended when the confirmation of its last page was due: ask before you send it again.",
	number:  "Number", subject: "Subject", sent: "Sent", lastCall: "Last call", pages: "Pages", machine: "Remote machine",
	speed: "Speed", call: "Call", id: "Fax id", calls: "Calls", note: "Note: ", picture: "The first page:",
	confirmed: "%d of %d confirmed", earlier: "(%d earlier ones are left out)", arrived: "delivered",
	date: "2 January 2006, 15:04:05 (MST)", at: "%s at %s",
	status: map[mailbridge.Status]string{
		mailbridge.S5_1_1NoSuchNumber: "check the number. If it is right, ask the recipient whether it has changed.",
		mailbridge.S5_4_4NoRoute:      "this gateway may not or cannot call that number: ask its administrator.",
		mailbridge.S5_7_1Refused:      "this gateway may not or cannot call that number: ask its administrator.",
		mailbridge.S5_6_1Unusable:     "send the document in another format, such as PDF, and look whether the file opens on your own computer.",
		mailbridge.S5_6_3Conversion:   "send the document in another format, such as PDF, and look whether the file opens on your own computer.",
		mailbridge.S4_3_0System:       "the fault is in this gateway: tell its administrator the fax id below.",
	},
	doing: map[string]string{
		"busy":      "the line was busy at every call. Send the mail again later.",
		"no-answer": "nobody answered. The machine may be off, out of paper, or the number may be a telephone: check the number and send the mail again later.",
		"no-fax":    "the number may be that of a telephone: check it and send the mail again.",
		"":          "send the mail again later. If it fails again, ask the recipient whether the machine works, and tell the administrator of this gateway the fax id below.",
	},
	partly: "the first %d pages arrived: send only the rest, or all of it again.",
}

var german = language{
	delivered: "Fax zugestellt an %s", notDelivered: "Fax NICHT zugestellt an %s",
	hasArrived:    "Ihr Fax an %s ist angekommen: Das Empfangsgerät hat jede Seite bestätigt.",
	hasNotArrived: "Ihr Fax an %s konnte NICHT zugestellt werden.",
	delayed:       "Fax an %s verzögert sich",
	isDelayed:     "Ihr Fax an %s ist NOCH nicht zugestellt. Der Faxdienst ruft weiter an.",
	wait:          "Warten Sie und senden Sie es nicht noch einmal. Sie erfahren, wenn es angekommen ist oder aufgegeben wird.",
	until:         "Versucht bis",
	why:           "Grund: ", advice: "Was Sie tun können: ", unknown: "Der Grund ist nicht bekannt.",
	twice:   "Es ist vielleicht zweimal angekommen. Ein früherer Anruf endete, als die Bestätigung der letzten Seite ausstand.",
	perhaps: "Es ist vielleicht trotzdem angekommen. Ein Anruf endete, als die Bestätigung der letzten Seite ausstand: Fragen Sie nach, bevor Sie es noch einmal senden.",
	number:  "Nummer", subject: "Betreff", sent: "Gesendet", lastCall: "Letzter Anruf", pages: "Seiten", machine: "Gegenstelle",
	speed: "Geschwindigkeit", call: "Dauer", id: "Fax-Kennung", calls: "Anrufe", note: "Hinweis: ", picture: "Die erste Seite:",
	confirmed: "%d von %d bestätigt", earlier: "(%d frühere sind ausgelassen)", arrived: "zugestellt",
	date: "02.01.2006, 15:04:05 (MST)", at: "%s auf %s",
	causes: map[string]string{
		"busy": "Der Anschluss war besetzt.", "no-answer": "Niemand hat den Anruf angenommen.",
		"no-such-number": "Diese Nummer gibt es nicht.", "refused": "Das Telefonnetz lehnt Anrufe an diese Nummer ab.",
		"declined": "Die Gegenstelle hat den Anruf abgelehnt.", "unreachable": "Das Telefonnetz war nicht erreichbar oder überlastet.",
		"no-fax": "Die Gegenstelle nimmt kein Fax an.", "no-route": "Für diese Nummer ist kein Weg eingerichtet.",
		"interrupted": "Der Faxdienst wurde während des Anrufs angehalten.", "call-broken": "Die Verbindung ist abgebrochen.",
		"system": "Im Faxdienst ist ein Fehler aufgetreten.", "fault": "Im Faxdienst ist ein Fehler aufgetreten.",
	},
	status: map[mailbridge.Status]string{
		mailbridge.S5_1_1NoSuchNumber: "Prüfen Sie die Nummer. Stimmt sie, fragen Sie den Empfänger, ob sie sich geändert hat.",
		mailbridge.S5_4_4NoRoute:      "Dieser Faxdienst darf oder kann die Nummer nicht anrufen: Fragen Sie seinen Administrator.",
		mailbridge.S5_7_1Refused:      "Dieser Faxdienst darf oder kann die Nummer nicht anrufen: Fragen Sie seinen Administrator.",
		mailbridge.S5_6_1Unusable:     "Senden Sie das Dokument in einem anderen Format, etwa als PDF, und prüfen Sie, ob sich die Datei bei Ihnen öffnen lässt.",
		mailbridge.S5_6_3Conversion:   "Senden Sie das Dokument in einem anderen Format, etwa als PDF, und prüfen Sie, ob sich die Datei bei Ihnen öffnen lässt.",
		mailbridge.S4_3_0System:       "Der Fehler liegt beim Faxdienst: Nennen Sie seinem Administrator die Fax-Kennung unten.",
	},
	doing: map[string]string{
		"busy":      "Der Anschluss war bei jedem Anruf besetzt. Senden Sie die Mail später noch einmal.",
		"no-answer": "Das Gerät ist vielleicht aus oder ohne Papier, oder die Nummer gehört zu einem Telefon: Prüfen Sie die Nummer und senden Sie die Mail später noch einmal.",
		"no-fax":    "Die Nummer gehört vielleicht zu einem Telefon: Prüfen Sie sie und senden Sie die Mail noch einmal.",
		"":          "Senden Sie die Mail später noch einmal. Gelingt es wieder nicht, fragen Sie den Empfänger, ob sein Gerät arbeitet, und nennen Sie dem Administrator dieses Faxdienstes die Fax-Kennung unten.",
	},
	partly: "Die ersten %d Seiten sind angekommen: Senden Sie nur den Rest, oder alles noch einmal.",
}

var japanese = language{
	delivered: "FAX送信完了: %s", notDelivered: "FAX送信失敗: %s",
	hasArrived:    "%s 宛てのFAXを送信しました。受信側のFAX機が全ページの受信を確認しました。",
	hasNotArrived: "%s 宛てのFAXは送信できませんでした。",
	delayed:       "FAX送信遅延: %s",
	isDelayed:     "%s 宛てのFAXはまだ送信できていません。引き続き自動で発信します。",
	wait:          "今は何もする必要はありません。もう一度送信しないでください。送信完了または中止の際にお知らせします。",
	until:         "発信期限",
	why:           "理由: ", advice: "対処方法: ", unknown: "理由は不明です。",
	twice:   "二重に届いている可能性があります。以前の通信が、最終ページの受信確認を待つ間に終了しました。",
	perhaps: "実際には届いている可能性があります。最終ページの受信確認を待つ間に通信が終了しました。再送する前に相手先にご確認ください。",
	number:  "番号", subject: "件名", sent: "送信日時", lastCall: "最終発信", pages: "ページ", machine: "相手機ID",
	speed: "通信速度", call: "通信時間", id: "受付番号", calls: "発信履歴", note: "注意: ", picture: "1ページ目:",
	confirmed: "%[2]dページ中%[1]dページ受信確認", earlier: "(以前の%d件は省略)", arrived: "送信完了",
	date: "2006年1月2日 15:04:05 (MST)", at: "%s (%s)",
	causes: map[string]string{
		"busy": "相手先が話し中でした。", "no-answer": "相手先が応答しませんでした。",
		"no-such-number": "この番号は使われていません。", "refused": "電話網がこの番号への発信を拒否しました。",
		"declined": "相手先が着信を拒否しました。", "unreachable": "電話網に接続できないか、混雑しています。",
		"no-fax": "相手先はFAXを受信できません。", "no-route": "この番号への経路が設定されていません。",
		"interrupted": "通信中にFAXサービスが停止しました。", "call-broken": "通信が途中で切れました。",
		"system": "FAXサービスで障害が発生しました。", "fault": "FAXサービスで障害が発生しました。",
	},
	status: map[mailbridge.Status]string{
		mailbridge.S5_1_1NoSuchNumber: "番号をご確認ください。正しい場合は、番号が変わっていないか相手先にお尋ねください。",
		mailbridge.S5_4_4NoRoute:      "このFAXサービスからこの番号へは発信できません。管理者にお問い合わせください。",
		mailbridge.S5_7_1Refused:      "このFAXサービスからこの番号へは発信できません。管理者にお問い合わせください。",
		mailbridge.S5_6_1Unusable:     "PDFなど別の形式で送り直してください。また、ファイルがお手元で開けるかご確認ください。",
		mailbridge.S5_6_3Conversion:   "PDFなど別の形式で送り直してください。また、ファイルがお手元で開けるかご確認ください。",
		mailbridge.S4_3_0System:       "FAXサービス側の障害です。下の受付番号を管理者にお知らせください。",
	},
	doing: map[string]string{
		"busy":      "何度発信しても話し中でした。しばらくしてからもう一度送信してください。",
		"no-answer": "電源が入っていないか、用紙切れか、電話の番号かもしれません。番号を確認し、しばらくしてからもう一度送信してください。",
		"no-fax":    "電話の番号かもしれません。番号を確認して、もう一度送信してください。",
		"":          "しばらくしてからもう一度送信してください。再び失敗する場合は、相手先の機械が動いているか確認し、下の受付番号を管理者にお知らせください。",
	},
	partly: "最初の%dページは届いています。残りだけを送るか、全体を送り直してください。",
}
