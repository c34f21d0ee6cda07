package dsp

// Power is the mean square of the samples without their mean.
func Power(samples []int16) float32 {
	if len(samples) == 0 {
		return 0
	}
	var sum, squares int64
	for _, s := range samples {
		x := int64(s)
		sum += x
		squares += x * x
	}
	n := float32(len(samples))
	mean := float32(sum) / n
	return float32(squares)/n - mean*mean
}
