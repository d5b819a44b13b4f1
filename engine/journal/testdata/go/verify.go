// Verifies by golang.org/x/mod/sumdb what the journal exported, and re-derives its root from
// the exported entries. Usage: verify DIRECTORY VERIFIER-KEY; prints "verified" at the end.
//
// The directory holds the static files of the log (checkpoint, tile/...), older (an earlier
// signed checkpoint), index, inclusion and consistency (hashes in base64, one to a line).
package main

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func main() {
	directory, key := os.Args[1], os.Args[2]
	newer := open(directory, "checkpoint", key)
	older := open(directory, "older", key)
	if newer.N <= older.N {
		fail("the newer checkpoint is not longer")
	}
	records := entries(directory, newer.N)
	check("root", rederive(records) == newer.Hash)

	index, err := strconv.ParseInt(strings.TrimSpace(read(directory, "index")), 10, 64)
	must("index", err)
	leaf := tlog.RecordHash(records[index])
	proof := tlog.RecordProof(hashes(directory, "inclusion"))
	must("inclusion", tlog.CheckRecord(proof, newer.N, newer.Hash, index, leaf))
	if tlog.CheckRecord(proof, newer.N, newer.Hash, index, tlog.RecordHash([]byte("x"))) == nil {
		fail("a false inclusion was believed")
	}
	tree := tlog.TreeProof(hashes(directory, "consistency"))
	must("consistency", tlog.CheckTree(tree, newer.N, newer.Hash, older.N, older.Hash))

	reader := tlog.TileHashReader(newer, &files{directory, newer.N})
	for n := 0; n < len(records); n += 1 + len(records)/300 {
		read, err := reader.ReadHashes([]int64{tlog.StoredHashIndex(0, int64(n))})
		must("tile", err)
		check("tile", read[0] == tlog.RecordHash(records[n]))
	}
	fmt.Println("verified")
}

// open reads a signed checkpoint.
func open(directory, name, key string) tlog.Tree {
	verifier, err := note.NewVerifier(key)
	must("verifier key", err)
	opened, err := note.Open([]byte(read(directory, name)), note.VerifierList(verifier))
	must("note", err)
	lines := strings.Split(opened.Text, "\n")
	check("lines", len(lines) == 4 && lines[0] == verifier.Name())
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must("size", err)
	root, err := tlog.ParseHash(lines[2])
	must("hash", err)
	return tlog.Tree{N: size, Hash: root}
}

// entries reads the entry bundles.
func entries(directory string, size int64) [][]byte {
	var records [][]byte
	for n := int64(0); n*256 < size; n++ {
		bundle := []byte(read(directory, path("entries", n, size-n*256)))
		for len(bundle) > 0 {
			length := int(binary.BigEndian.Uint16(bundle))
			records = append(records, bundle[2:2+length])
			bundle = bundle[2+length:]
		}
	}
	check("count", int64(len(records)) == size)
	return records
}

// rederive computes the root from nothing but the entries.
func rederive(records [][]byte) tlog.Hash {
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			out[i] = stored[index]
		}
		return out, nil
	})
	for n, record := range records {
		added, err := tlog.StoredHashes(int64(n), record, reader)
		must("hash", err)
		stored = append(stored, added...)
	}
	root, err := tlog.TreeHash(int64(len(records)), reader)
	must("root", err)
	return root
}

// files reads tiles in the layout of c2sp.org/tlog-tiles.
type files struct {
	directory string
	size      int64
}

func (f *files) Height() int { return 8 }

func (f *files) SaveTiles([]tlog.Tile, [][]byte) {}

func (f *files) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var out [][]byte
	for _, tile := range tiles {
		width := f.size>>(8*uint(tile.L)) - tile.N*256
		bytes := read(f.directory, path(strconv.Itoa(tile.L), tile.N, width))
		out = append(out, []byte(bytes)[:tile.W*tlog.HashSize])
	}
	return out, nil
}

func path(level string, n, width int64) string {
	name := fmt.Sprintf("%03d", n%1000)
	for n /= 1000; n > 0; n /= 1000 {
		name = fmt.Sprintf("x%03d/%s", n%1000, name)
	}
	if width < 256 {
		name += fmt.Sprintf(".p/%d", width)
	}
	return "tile/" + level + "/" + name
}

func hashes(directory, name string) []tlog.Hash {
	var out []tlog.Hash
	for _, line := range strings.Fields(read(directory, name)) {
		bytes, err := base64.StdEncoding.DecodeString(line)
		must("base64", err)
		var hash tlog.Hash
		copy(hash[:], bytes)
		out = append(out, hash)
	}
	return out
}

func read(directory, name string) string {
	bytes, err := os.ReadFile(filepath.Join(directory, filepath.FromSlash(name)))
	must(name, err)
	return string(bytes)
}

func check(what string, holds bool) {
	if !holds {
		fail(what + " does not hold")
	}
}

func must(what string, err error) {
	if err != nil {
		fail(what + ": " + err.Error())
	}
}

func fail(why string) {
	fmt.Fprintln(os.Stderr, why)
	os.Exit(1)
}
