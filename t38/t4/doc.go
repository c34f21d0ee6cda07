// Package t4 codes and decodes fax pages as ITU-T T.4 (MH, MR) and T.6 (MMR)
// say, and defines Page, the form in which pages move through the house.
package t4
