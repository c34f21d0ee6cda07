// Package spool keeps what was promised: mail that SMTP accepted, pages that
// T.30 confirmed, and what became of them. It is a queue (River) with its
// documents and its history in one database, so that each step below is one
// transaction: either it happened with all that follows from it, or it did not
// happen.
//
//	Accept ─▶ render ─▶ call ─┬─▶ delivered ─┬─▶ notify
//	                    ▲     ├─▶ failed ────┘
//	                    └─────┘ busy, no answer, broken: after a pause
//
//	Receive ─▶ Commit, Commit, … ─▶ Finish ─┬─▶ deliver, one for each mailbox
//	                                        └─▶ held ─▶ Release, where what is
//	                                            incomplete is looked at first
//
// The fax_ tables say what is true; a River job only says that it is time to
// look at a row again. So each worker first reads its row and may find that
// nothing is left to do: River may run a job once too often, never once too
// few. After a crash Open settles what was under way: a call in which every
// page had been confirmed delivered its fax, any other is made again, and the
// committed pages of a fax that was coming in are delivered as they are.
//
// SQLite in WAL mode with synchronous=FULL serves one process; its one writing
// connection is the lock that orders everything, and a second handle reads.
// Updates that wait at the same time share a transaction and its sync.
// PostgreSQL serves several processes, the nodes; there advisory locks order
// everything and say which of them live. The statements are the same, and one suite
// (spooltest) holds for both.
package spool
