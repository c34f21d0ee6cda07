package config

import "time"

// retention checks how long what is done is kept.
func (k *checker) retention(s *Spool) {
	s.KeepFor = k.duration(s.place, "keep", s.Keep, 30*24*time.Hour)
	if s.Keep != "" && s.KeepFor == 0 {
		s.KeepFor = time.Second // at once: 0 would be the default
	}
	s.HistoryFor = k.duration(s.place, "keep_history", s.KeepHistory, 0)
	if s.HistoryFor > 0 && s.HistoryFor < max(s.KeepFor, 48*time.Hour) {
		k.wrong(s.place, "keep_history", "At least 48h, by which the limits of senders are counted, and no less than keep.",
			"the history cannot be kept for %s", s.KeepHistory)
	}
	if s.KeepSize < 0 {
		k.wrong(s.place, "keep_size", "A number of MB; 0 is no limit.", "keep_size cannot be %d", s.KeepSize)
	}
}
