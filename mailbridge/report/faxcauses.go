package report

import (
	"maps"

	"github.com/pagebridge/pagebridge/mailbridge"
)

// Sentence is why a fax failed, in a language of Languages.
func Sentence(language string, o mailbridge.Outcome) string {
	return (&Options{Language: language}).words().say(o)
}

// The causes that a fax call itself ends with, for languages that do not use the
// outcome's own sentence. Their names are those of T.30's engine.
func init() {
	for l, more := range map[*language]struct{ causes, doing map[string]string }{
		&english:  {nil, englishFaxAdvice},
		&german:   {germanFaxCauses, germanFaxAdvice},
		&japanese: {japaneseFaxCauses, japaneseFaxAdvice},
	} {
		if l.causes == nil {
			l.causes = map[string]string{}
		}
		maps.Copy(l.causes, more.causes)
		maps.Copy(l.doing, more.doing)
	}
}

var englishFaxAdvice = map[string]string{
	"no-dis":          "the number may be that of a telephone: check it and send the mail again.",
	"receiver-busy":   "the machine may be out of paper or its memory full: tell the recipient, and send the mail again later.",
	"cannot-receive":  "ask the recipient for the number of a machine that receives faxes.",
	"incompatible":    "ask the recipient for another fax number, and tell the administrator of this gateway the fax id below.",
	"field-not-valid": "check the sub-address in the mail address, or ask the recipient for it.",
	"too-long":        "send the document in shorter pages, or as several faxes.",
}

var germanFaxCauses = map[string]string{
	"no-dis":           "Es hat sich kein Faxgerät gemeldet: 35 Sekunden lang kam kein Faxsignal.",
	"no-command":       "Das anrufende Faxgerät hat nicht begonnen.",
	"silence":          "Das andere Faxgerät ist verstummt.",
	"dcn":              "Das andere Faxgerät hat die Übertragung abgebrochen.",
	"call-ended":       "Die Verbindung wurde während der Übertragung getrennt.",
	"no-answer-to-dcs": "Das andere Faxgerät hat beim Aufbau der Übertragung nicht geantwortet.",
	"training":         "Die Leitung war zu schlecht: Keine Geschwindigkeit hat funktioniert.",
	"no-confirmation":  "Das andere Faxgerät hat nicht gesagt, ob es die Seite bekommen hat.",
	"invalid-answer":   "Das andere Faxgerät hat unverständlich geantwortet.",
	"page-rejected":    "Das andere Faxgerät konnte die Seite nicht lesen.",
	"retransmissions":  "Die Leitung war zu schlecht: Zu viele Teile der Seite mussten wiederholt werden.",
	"receiver-busy":    "Das andere Faxgerät war eine Minute lang nicht für die nächste Seite bereit.",
	"transmitter-busy": "Das andere Faxgerät war eine Minute lang nicht bereit, seine Seite zu senden.",
	"field-not-valid":  "Das andere Faxgerät hat die Subadresse, die Absendernummer oder das Kennwort nicht angenommen.",
	"cannot-receive":   "Die Gegenstelle empfängt keine Faxe.",
	"not-receiving":    "Der Anrufer wollte ein Fax senden, hier wird aber keines empfangen.",
	"nothing-to-poll":  "Es lag kein Dokument zum Abruf bereit.",
	"password":         "Das Kennwort für den Abruf war falsch.",
	"incompatible":     "Die beiden Faxgeräte haben kein Übertragungsverfahren gemeinsam.",
	"no-document":      "Es gab keine Seite zu senden.",
	"unusable-page":    "Eine Seite konnte nicht gelesen werden.",
	"too-long":         "Eine Seite war länger als erlaubt.",
	"store":            "Eine Seite konnte nicht rechtzeitig gelesen oder gespeichert werden.",
}

var germanFaxAdvice = map[string]string{
	"no-dis":          "Die Nummer gehört vielleicht zu einem Telefon: Prüfen Sie sie und senden Sie die Mail noch einmal.",
	"receiver-busy":   "Das Gerät hat vielleicht kein Papier oder keinen Speicher mehr: Sagen Sie es dem Empfänger und senden Sie die Mail später noch einmal.",
	"cannot-receive":  "Fragen Sie den Empfänger nach der Nummer eines Geräts, das Faxe empfängt.",
	"incompatible":    "Fragen Sie den Empfänger nach einer anderen Faxnummer und nennen Sie dem Administrator dieses Faxdienstes die Fax-Kennung unten.",
	"field-not-valid": "Prüfen Sie die Subadresse in der Mailadresse oder fragen Sie den Empfänger danach.",
	"too-long":        "Senden Sie das Dokument mit kürzeren Seiten oder als mehrere Faxe.",
}

var japaneseFaxCauses = map[string]string{
	"no-dis":           "FAX機の応答がありませんでした。35秒間FAX信号を受信しませんでした。",
	"no-command":       "発信側のFAX機が通信を開始しませんでした。",
	"silence":          "相手のFAX機からの信号が途絶えました。",
	"dcn":              "相手のFAX機が通信を中断しました。",
	"call-ended":       "FAX通信中に回線が切断されました。",
	"no-answer-to-dcs": "通信の準備中に相手のFAX機が応答しませんでした。",
	"training":         "回線の状態が悪く、どの通信速度でも送信できませんでした。",
	"no-confirmation":  "相手のFAX機からページの受信確認がありませんでした。",
	"invalid-answer":   "相手のFAX機から不正な信号が返りました。",
	"page-rejected":    "相手のFAX機がページを正しく受信できませんでした。",
	"retransmissions":  "回線の状態が悪く、再送が多すぎたため中止しました。",
	"receiver-busy":    "相手のFAX機が1分間、次のページを受信できる状態になりませんでした。",
	"transmitter-busy": "相手のFAX機が1分間、ページを送信できる状態になりませんでした。",
	"field-not-valid":  "相手のFAX機がサブアドレス、送信者番号またはパスワードを受け付けませんでした。",
	"cannot-receive":   "相手の機械はFAXの受信に対応していません。",
	"not-receiving":    "相手からFAXの送信がありましたが、こちらでは受信できません。",
	"nothing-to-poll":  "ポーリングする文書がありませんでした。",
	"password":         "ポーリングのパスワードが違います。",
	"incompatible":     "双方のFAX機に共通の通信方式がありません。",
	"no-document":      "送信するページがありませんでした。",
	"unusable-page":    "読み取れないページがありました。",
	"too-long":         "ページの長さが上限を超えています。",
	"store":            "ページの読み書きが間に合いませんでした。",
}

var japaneseFaxAdvice = map[string]string{
	"no-dis":          "電話の番号かもしれません。番号を確認して、もう一度送信してください。",
	"receiver-busy":   "相手機の用紙切れかメモリ不足かもしれません。相手先に連絡し、しばらくしてからもう一度送信してください。",
	"cannot-receive":  "FAXを受信できる番号を相手先にお尋ねください。",
	"incompatible":    "別のFAX番号を相手先にお尋ねのうえ、下の受付番号を管理者にお知らせください。",
	"field-not-valid": "宛先のサブアドレスを確認するか、相手先にお尋ねください。",
	"too-long":        "ページを短くするか、複数のFAXに分けて送信してください。",
}
