package process

import (
	"crypto/x509"
	"fmt"
	"os"

	"github.com/pagebridge/pagebridge/mailbridge"
	"github.com/pagebridge/pagebridge/mailbridge/offramp"
	"github.com/pagebridge/pagebridge/mailbridge/sender"
	"github.com/pagebridge/pagebridge/plugin/config"
)

// addSenders tells the mail door whom the sender blocks let in, and to what.
func addSenders(o *offramp.Options, cfg *config.Config) error {
	for _, s := range cfg.Senders {
		o.Senders = append(o.Senders, offramp.Sender{
			Name: s.Name, Networks: s.Nets, Users: s.Users, Certificates: s.Certificates, Verified: s.Verified, From: s.From,
			Allows: func(_ string, d mailbridge.Destination) bool { return s.Allows(d) },
			Limits: offramp.SenderLimits{
				JobsPerHour: s.JobsPerHour, JobsPerDay: s.JobsPerDay, PagesPerHour: s.PagesPerHour, PagesPerDay: s.PagesPerDay,
			},
			Together: s.Count == "together",
		})
		if len(s.Verified) > 0 {
			o.Verify = &sender.Checker{}
		}
	}
	if cfg.Mail.ClientCA == "" {
		return nil
	}
	pem, err := os.ReadFile(cfg.Mail.ClientCA)
	if err != nil {
		return fmt.Errorf("reading client_ca of the mail block: %w", err)
	}
	o.ClientCAs = x509.NewCertPool()
	if !o.ClientCAs.AppendCertsFromPEM(pem) {
		return fmt.Errorf("client_ca of the mail block: there is no certificate in %s", cfg.Mail.ClientCA)
	}
	return nil
}
