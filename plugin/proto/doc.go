// Package proto holds the contract between host and plugin, a folder for each
// version. The Go code beside each .proto is generated:
//
//	go generate ./plugin/proto
package proto

//go:generate go run github.com/bufbuild/buf/cmd/buf@v1.75.0 generate
