package killtest

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pagebridge/pagebridge/internal/hosttest"
)

var (
	rounds  = flag.Int("rounds", 2, "how often TestKill kills, over all offices; 200 is what the README speaks of")
	offices = flag.Int("offices", 1, "over how many offices at a time TestKill spreads its rounds")
	seed    = flag.Uint64("seed", uint64(time.Now().UnixNano()), "of the moments at which TestKill kills")
)

func TestMain(m *testing.M) {
	hosttest.Main(m, hosttest.Options{Parallel: 8, FirstPort: 10000, LastPort: 12000})
}

// TestKill keeps mails and faxes going through an office, kills its processes at
// random moments, and then looks whether every promise was kept.
func TestKill(t *testing.T) {
	if os.Getenv("PAGEBRIDGE_INTEROP") != "1" {
		t.Skip("takes 40 s of real time; PAGEBRIDGE_INTEROP=1 runs it")
	}
	if _, err := os.Stat("/proc/self/task"); err != nil {
		t.Skip("the processes of the office are found in /proc, which this system has not")
	}
	t.Parallel()
	t.Logf("-seed=%d", *seed)
	var mu sync.Mutex
	var total sums
	t.Run("offices", func(t *testing.T) {
		for n := range *offices {
			t.Run(fmt.Sprint(n), func(t *testing.T) {
				t.Parallel()
				sum := killRounds(t, n, *rounds / *offices, rand.New(rand.NewPCG(*seed, uint64(n))))
				mu.Lock()
				defer mu.Unlock()
				total.add(sum)
			})
		}
	})
	t.Logf("%d kills: %v", *rounds / *offices * *offices, total)
}

// shortForm is how many rounds of an office are made in haste.
const shortForm = 5

// faxTime is about how long a fax of the office takes.
const faxTime = 14 * time.Second

func killRounds(t *testing.T, n, rounds int, random *rand.Rand) sums {
	o := newOffice(t, n)
	o.launched = o.host.Launch()
	stop := o.streams()
	died := map[string]int{}
	for range rounds {
		d := pause(random)
		if rounds < shortForm {
			d = min(d, faxTime/4)
		}
		<-time.After(d)
		died[o.kill(o.servers[0], random.Float64())]++
	}
	stop()
	o.settle()
	o.host.Stop()
	sum := o.check()
	t.Logf("killed: %v%v", died, sum)
	return sum
}

// pause is the time until the next kill: often while the program starts and takes
// up what was left, else within a fax, else late enough that faxes go through.
func pause(random *rand.Rand) time.Duration {
	most := 3 * faxTime / 2
	switch at := random.Float64(); {
	case at < 0.25:
		most = 1500 * time.Millisecond
	case at < 0.45:
		return faxTime + time.Duration(random.Int64N(int64(faxTime)))
	}
	return time.Duration(random.Int64N(int64(most)))
}

// settle waits until nothing is left to be done. A job that was cut often waits
// for minutes.
func (o *office) settle() {
	o.t.Helper()
	for _, s := range o.servers {
		s.host.Wait("msg=serving ", s.launched, time.Minute)
	}
	hosttest.Eventually(o.t, "the end of all work", 25*time.Minute, func() bool {
		waiting, known := 0.0, false
		for name, value := range hosttest.Metrics(o.t, o.metrics) {
			if strings.Contains(name, "_spool_") {
				waiting, known = waiting+value, true
			}
		}
		return known && waiting == 0
	})
}
