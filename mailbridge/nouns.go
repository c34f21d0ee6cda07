package mailbridge

import (
	"context"
	"errors"
	"time"

	"github.com/pagebridge/pagebridge/t38/t4"
)

// Submission is one accepted mail that is to be faxed to its recipients.
type Submission struct {
	ID         string // of the spool; "" before it is stored
	ReturnPath string // MAIL FROM, "" for the null path: nothing is ever reported to it
	EnvelopeID string // ENVID of RFC 3461, decoded; "" if none
	ReturnFull bool   // RET=FULL of RFC 3461: a failure DSN carries the whole mail
	Client     string // who handed the mail in: address and HELO name
	Account    string `json:",omitempty"` // under which its faxes are counted; "" if they are not
	Received   time.Time
	Recipients []Recipient
	Message    []byte // header and body as received, CRLF
	// Receipt: for each fax that goes through there is to be a disposition
	// notification.
	Receipt bool `json:",omitempty"`
	// Warnings are sentences about what in the pages is not as it was in the mail:
	// parts left out, characters that no font has. Render notes them.
	Warnings []string
}

// Recipient is one RCPT of a Submission: one fax number and one job.
type Recipient struct {
	Address      string // as in RCPT TO
	OriginalRcpt string // ORCPT of RFC 3461 ("rfc822;…"), "" if none
	Notify       Notify
	Destination  Destination
	Sender       string `json:",omitempty"` // for people: name or address of who wrote the mail
	Zone         string `json:",omitempty"` // of the mail's Date: "+0900"; "" if it has none
	Wishes       Wishes // of who wrote the mail: the same for all its recipients
}

// Wishes are what a sender may choose of the way of a fax. The zero value leaves all
// to the configuration.
type Wishes struct {
	Resolution string    `json:",omitempty"` // "standard", "fine" or "superfine"
	Calls      int       `json:",omitempty"` // that are made at most
	NotBefore  time.Time `json:",omitzero"`  // of the first call
	NoECM      bool      `json:",omitempty"`
	MaxRate    int       `json:",omitempty"` // bit/s
}

// Destination is whom to call and how.
type Destination struct {
	Number     string // what is dialled: digits, or + and digits
	Subaddress string // T.33 sub-address for T.30 SUB, "" if none
	Trunk      string // name of the trunk, "" for the default
	Alias      string // the alias that led here, "" if none
	From       string // calling number and station id to use, "" for the trunk's own
}

// Notify says which reports the sender wants of a recipient (RFC 3461 4.1).
type Notify uint8

const (
	NotifySuccess Notify = 1 << iota
	NotifyFailure
	NotifyDelay
	// NotifyNever excludes the others.
	NotifyNever
)

// Document is pages in order, ready to be sent.
type Document struct {
	ID    string
	Pages []*t4.Page
}

// Job is one document to one number. It lives until an Attempt succeeds, its
// retries are used up, or its document turns out to be unusable.
type Job struct {
	ID           string // short, for people and logs
	SubmissionID string
	Recipient    Recipient
	Pages        int // pages of the document
	Confirmed    int // pages that a peer confirmed in the attempt under way or the last one
	Attempts     int // calls made so far, the one under way included
	Created      time.Time
}

// Attempt is one call for a job.
type Attempt struct {
	N              int // from 1
	Started, Ended time.Time
	Outcome        Outcome
}

// Outcome is how a fax ended, in the words of mail.
type Outcome struct {
	Delivered bool
	Status    Status // RFC 3463
	Sentence  string // for a person
	Cause     string // one word for machines, such as "busy"; "" when delivered
	Retry     bool   // whether another call may succeed
	// Unsure: it failed when no more could have been missing than the confirmation of
	// the last page. The fax may have arrived.
	Unsure   bool   `json:",omitempty"`
	Pages    int    // pages confirmed
	RemoteID string // the peer's station id
	// Subaddress is the T.30 SUB that the calling machine sent us, "" if none.
	Subaddress string `json:",omitempty"`
	Over       string // what the fax went over: "T.38", "G.711"; "" when none ran
	Rate       int    // bit/s
	Coding     string // of the last page on the line: "MH", "MR" or "MMR"
	ECM        bool
	BadRows    int // rows that came damaged and were concealed
	Duration   time.Duration
	Ladder     string // what the two terminals said to each other, for the history
}

// Status is an enhanced mail status code "class.subject.detail" (RFC 3463).
type Status string

// The codes that faxes end with.
const (
	S2_0_0Delivered    Status = "2.0.0"
	S4_0_0Other        Status = "4.0.0"
	S4_3_0System       Status = "4.3.0" // our own fault, such as a store that failed
	S4_4_1NoAnswer     Status = "4.4.1" // busy, no answer
	S4_4_2BadConnect   Status = "4.4.2" // the call broke or the fax failed
	S4_4_7Expired      Status = "4.4.7" // retries used up
	S5_0_0Cancelled    Status = "5.0.0"
	S5_1_1NoSuchNumber Status = "5.1.1"
	S5_4_4NoRoute      Status = "5.4.4" // no trunk for it
	S5_6_1Unusable     Status = "5.6.1" // nothing in the mail that can be faxed
	S5_6_3Conversion   Status = "5.6.3" // a part that cannot be made into pages
	S5_7_1Refused      Status = "5.7.1"
)

// Received is one fax that came in, whole or broken off.
type Received struct {
	ID             string // short, for people and logs
	Call           string // the call's id
	Number         string // the fax number that was called
	Caller         string // the calling number, "" if withheld
	RemoteID       string // TSI
	Subaddress     string `json:",omitempty"` // SUB: where behind the number it is to go
	Trunk          string
	Started, Ended time.Time
	Pages          int // pages committed
	BadRows        int
	Complete       bool // false: the call broke before its end
	// Cut: the last of Pages is what had come of the page in which the call broke.
	Cut bool `json:",omitempty"`
	// HoldPartial: unless it is complete, it goes nowhere until it is released.
	HoldPartial bool `json:",omitempty"`
	Outcome     Outcome
	Mailboxes   []string // where it goes; one with commas is one message to several
	// Forward, if set, is a machine to which the pages go on as a fax of ours
	// when they have come whole; if it never takes them, the first of the
	// mailboxes is told.
	Forward *Destination
	// ReplyKey is what replies to the mail under way are known by; "": by nothing.
	ReplyKey string `json:",omitempty"`
	// Takes is what the mailbox of the mail under way has said that it can show, as RFC
	// 2533 writes it; "": nothing, which means TIFF-F of profile S.
	Takes string `json:",omitempty"`
	// Returned, if set, makes this a bounce: the mail to one of the mailboxes
	// failed and the postmaster gets the fax.
	Returned *Returned `json:",omitempty"`
}

// Returned says why mail with a received fax comes back to the postmaster.
type Returned struct {
	Mailbox string // that could not be reached
	Why     string // what its mail server said
}

// Report is what a sender is told of one recipient of his mail: a DSN.
type Report struct {
	// Receipt: it is not the DSN but the disposition notification that he asked for.
	Receipt bool
	// Delayed: the fax is still tried, until Until; Outcome is that of the last call.
	Delayed    bool
	Until      time.Time
	Submission Submission // Message may be cut to its header
	Job        Job
	Outcome    Outcome
	Attempts   []Attempt
	FirstPage  *t4.Page // nil: there is none
}

// ErrFull is the error of a store that has no room left: what was not stored must
// be refused for now.
var ErrFull = errors.New("there is no room left in the spool")

// PermanentError marks work that will fail again however often it is tried.
type PermanentError struct {
	Status Status // RFC 3463, class 5
	Err    error  // a sentence that the person concerned understands
}

func (e *PermanentError) Error() string { return e.Err.Error() }
func (e *PermanentError) Unwrap() error { return e.Err }

// Work is what the spool's jobs do; the rooms around it supply the functions.
// Each must be safe to repeat: after a crash it is called again.
type Work struct {
	// Render makes the pages of a submission, and adds to its Warnings. A
	// *PermanentError ends its jobs.
	Render func(ctx context.Context, s *Submission) ([]*t4.Page, error)
	// Call makes one attempt: it dials and sends the pages. confirmed is called
	// after each page that the peer confirms, before the call goes on; n says
	// which page, and each page has its own n. When it fails, the call should
	// end: the page counts as not confirmed. When ctx ends, Call hangs up and
	// returns soon.
	Call func(ctx context.Context, j *Job, pages []*t4.Page, confirmed func(n int) error) Outcome
	// Deliver hands a received fax to the mail relay, for one mailbox.
	Deliver func(ctx context.Context, r *Received, pages []*t4.Page, mailbox string) error
	// Notify sends a report to the return path of its submission.
	Notify func(ctx context.Context, r *Report) error
}
