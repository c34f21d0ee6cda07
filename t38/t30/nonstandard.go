package t30

import (
	"fmt"
)

// describeNonStandard names the country and the maker of NSF, NSC or NSS
// (T.35: a country code, then a code that the country gives out).
func describeNonStandard(fif []byte) string { return fmt.Sprintf("% X", fif) }
