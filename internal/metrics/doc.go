// Package metrics writes numbers for an administrator in Prometheus' text
// format: a line or two above each family say what it is, then come its samples.
//
//	# HELP pagebridge_host_calls Calls that are up.
//	# TYPE pagebridge_host_calls gauge
//	pagebridge_host_calls{trunk="pbx"} 3
//
// Host and plugin are two processes and one page: the host writes its own
// families and puts the plugin's behind them. Names begin with the process, so
// that no family stands in both halves.
package metrics
