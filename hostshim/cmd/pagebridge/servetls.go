package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"path/filepath"

	"github.com/pagebridge/pagebridge/plugin/config"
)

// tlsConfig reads the files that the sip block names.
func tlsConfig(cfg *config.Config) (*tls.Config, error) {
	s := cfg.SIP
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if s.TLSCertificate != "" {
		pair, err := tls.LoadX509KeyPair(besideConfig(cfg, s.TLSCertificate), besideConfig(cfg, s.TLSKey))
		if err != nil {
			return nil, fmt.Errorf("sip.tls_certificate: %w", err)
		}
		c.Certificates = []tls.Certificate{pair}
	}
	if s.TLSCA != "" {
		pem, err := os.ReadFile(besideConfig(cfg, s.TLSCA))
		if err != nil {
			return nil, fmt.Errorf("sip.tls_ca: %w", err)
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("sip.tls_ca: there is no certificate in %s", s.TLSCA)
		}
		c.ClientCAs = c.RootCAs
	}
	if s.TLSClients == "verify" {
		c.ClientAuth = tls.RequireAndVerifyClientCert
	}
	return c, nil
}

// besideConfig makes a relative path start in the configuration's folder.
func besideConfig(cfg *config.Config, path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	_, file := cfg.Source()
	return filepath.Join(filepath.Dir(file), path)
}
