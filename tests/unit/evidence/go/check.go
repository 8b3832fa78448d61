// Reads what the ledger hands out with the packages that Go's own transparency log is read with.
//
//	check FOLDER KEY WITNESS EARLIER PROOF...
//
// FOLDER holds tiles; WITNESS is a cosigner's key or "-"; EARLIER is a checkpoint kept from before or "-"; each
// PROOF is a proof of one entry. Prints one line and ends with 0, or says what does not hold and ends with 1.
package main

import (
	"bytes"
	"crypto/ed25519"
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

const height = 8

func must(what string, err error) {
	if err != nil {
		fmt.Printf("%s: %v\n", what, err)
		os.Exit(1)
	}
}

func read(path string) []byte {
	content, err := os.ReadFile(path)
	must(path, err)
	return content
}

// cosigner verifies C2SP tlog-cosignatures with Ed25519, which the note package leaves to its callers.
type cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func (c cosigner) Name() string    { return c.name }
func (c cosigner) KeyHash() uint32 { return c.hash }
func (c cosigner) Verify(message, signature []byte) bool {
	if len(signature) != 8+ed25519.SignatureSize {
		return false
	}
	seconds := binary.BigEndian.Uint64(signature)
	signed := append([]byte(fmt.Sprintf("cosignature/v1\ntime %d\n", seconds)), message...)
	return ed25519.Verify(c.key, signed, signature[8:])
}

func witness(text string) note.Verifier {
	parts := strings.SplitN(text, "+", 3)
	hash, err := strconv.ParseUint(parts[1], 16, 32)
	must("the witness's key", err)
	key, err := base64.StdEncoding.DecodeString(parts[2])
	must("the witness's key", err)
	return cosigner{parts[0], uint32(hash), key[1:]}
}

// open gives the tree that a signed checkpoint is about.
func open(signed []byte, verifiers ...note.Verifier) tlog.Tree {
	opened, err := note.Open(signed, note.VerifierList(verifiers...))
	must("the checkpoint", err)
	if len(opened.Sigs) != len(verifiers) {
		must("the checkpoint", fmt.Errorf("%d of %d signatures verify", len(opened.Sigs), len(verifiers)))
	}
	lines := strings.Split(opened.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must("the checkpoint's size", err)
	root, err := tlog.ParseHash(lines[2])
	must("the checkpoint's root", err)
	return tlog.Tree{N: size, Hash: root}
}

// folder reads tiles from files.
type folder string

func (f folder) Height() int                                { return height }
func (f folder) SaveTiles(tiles []tlog.Tile, data [][]byte) {}
func (f folder) ReadTiles(tiles []tlog.Tile) (data [][]byte, err error) {
	for _, tile := range tiles {
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		content, err := os.ReadFile(filepath.Join(string(f), path))
		if err != nil {
			return nil, err
		}
		data = append(data, content)
	}
	return data, nil
}

// bodies are the entries, in order.
func bodies(root string, size int64) (found [][]byte) {
	for n := int64(0); n*256 < size; n++ {
		width := size - n*256
		if width > 256 {
			width = 256
		}
		tile := tlog.Tile{H: height, L: 0, N: n, W: int(width)}
		path := strings.Replace(tile.Path(), "tile/8/0/", "tile/entries/", 1)
		bundle := bytes.NewReader(read(filepath.Join(root, path)))
		for i := int64(0); i < width; i++ {
			var length uint16
			must(path, binary.Read(bundle, binary.BigEndian, &length))
			body := make([]byte, length)
			_, err := bundle.Read(body)
			must(path, err)
			found = append(found, body)
		}
		if bundle.Len() != 0 {
			must(path, fmt.Errorf("%d bytes too many", bundle.Len()))
		}
	}
	return found
}

// proved checks a C2SP tlog-proof of one entry.
func proved(text string, key note.Verifier, entries [][]byte) {
	parts := strings.SplitN(text, "\n\n", 2)
	lines := strings.Split(parts[0], "\n")
	if lines[0] != "c2sp.org/tlog-proof@v1" {
		must("the proof", fmt.Errorf("begins with %q", lines[0]))
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64)
	must("the proof's index", err)
	var path tlog.RecordProof
	for _, line := range lines[2:] {
		hash, err := tlog.ParseHash(line)
		must("the proof's hash", err)
		path = append(path, hash)
	}
	tree := open([]byte(parts[1]), key)
	must("the proof", tlog.CheckRecord(path, tree.N, tree.Hash, index, tlog.RecordHash(entries[index])))
}

func main() {
	root, given, other, earlier := os.Args[1], os.Args[2], os.Args[3], os.Args[4]
	key, err := note.NewVerifier(given)
	must("the key", err)
	verifiers := []note.Verifier{key}
	if other != "-" {
		verifiers = append(verifiers, witness(other))
	}
	tree := open(read(filepath.Join(root, "checkpoint")), verifiers...)
	entries := bodies(root, tree.N)
	hashes := tlog.TileHashReader(tree, folder(root))
	for n, body := range entries {
		found, err := hashes.ReadHashes([]int64{tlog.StoredHashIndex(0, int64(n))})
		must(fmt.Sprintf("entry %d", n), err)
		if found[0] != tlog.RecordHash(body) {
			must(fmt.Sprintf("entry %d", n), fmt.Errorf("is not the one in the tree"))
		}
	}
	if earlier != "-" {
		before := open(read(earlier), key)
		path, err := tlog.ProveTree(tree.N, before.N, hashes)
		must("the earlier checkpoint", err)
		must("the earlier checkpoint", tlog.CheckTree(path, tree.N, tree.Hash, before.N, before.Hash))
	}
	for _, file := range os.Args[5:] {
		proved(string(read(file)), key, entries)
	}
	fmt.Printf("%d entries hold\n", tree.N)
}
