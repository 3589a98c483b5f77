// Checks a mirror of an account's audit data with code that nobody of Dealog wrote: golang.org/x/mod/sumdb/tlog and
// note, as Debian packages them. Used by outside_test.cpp; by hand: GO111MODULE=off GOPATH=/usr/share/gocode go run
// tests/outside/tlog_check.go DIR
//
//	DIR/key                the verifier key
//	DIR/checkpoint         a signed checkpoint
//	DIR/earlier            an earlier one
//	DIR/tile/...           tiles and entries, as GET /v1/audit/tile/... gives them
//	DIR/proof-<position>   answers of GET /v1/audit/proof?position=
//	DIR/consistency        the answer of GET /v1/audit/consistency?from=<earlier>
//
// Says how many records it has accepted, or what is wrong, with exit code 1.
package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func must(err error, what string) {
	if err != nil {
		fmt.Println(what + ": " + err.Error())
		os.Exit(1)
	}
}

func refuse(what string) { must(fmt.Errorf("refused"), what) }

func read(name string) []byte {
	data, err := os.ReadFile(name)
	must(err, "reading")
	return data
}

// The three lines of a checkpoint that the key has signed.
func open(dir, name string, verifier note.Verifier) tlog.Tree {
	signed, err := note.Open(read(filepath.Join(dir, name)), note.VerifierList(verifier))
	must(err, name)
	lines := strings.Split(signed.Text, "\n")
	if len(lines) < 4 || lines[0] != verifier.Name() {
		refuse(name + " is no checkpoint of this origin")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(err, name)
	root, err := tlog.ParseHash(lines[2])
	must(err, name)
	return tlog.Tree{N: size, Hash: root}
}

// Tiles of 2^8 hashes below DIR/tile. The tlog package writes "tile/8/0/001", tlog-tiles "tile/0/001".
type mirror struct{ dir string }

func (m mirror) path(t tlog.Tile) string {
	return filepath.Join(m.dir, strings.Replace(t.Path(), "tile/8/", "tile/", 1))
}
func (m mirror) Height() int                                { return 8 }
func (m mirror) SaveTiles(tiles []tlog.Tile, data [][]byte) {}
func (m mirror) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		data, err := os.ReadFile(m.path(tile))
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

type answer struct {
	Position, Size, From, To int64
	Proof                    []string
	Leaf                     string `json:"leaf_hash"`
}

func answerIn(dir, name string) (a answer, proof []tlog.Hash) {
	must(json.Unmarshal(read(filepath.Join(dir, name)), &a), name)
	for _, text := range a.Proof {
		raw, err := base64.StdEncoding.DecodeString(text)
		must(err, name)
		var hash tlog.Hash
		if copy(hash[:], raw) != len(hash) || len(raw) != len(hash) {
			refuse(name + ": a hash of another length")
		}
		proof = append(proof, hash)
	}
	return a, proof
}

func main() {
	dir := os.Args[1]
	verifier, err := note.NewVerifier(strings.TrimSpace(string(read(filepath.Join(dir, "key")))))
	must(err, "key")
	tree := open(dir, "checkpoint", verifier)
	earlier := open(dir, "earlier", verifier)
	hashes := tlog.TileHashReader(tree, mirror{dir})

	// Every record, from its bytes: its hash is the one in the tiles, and the tiles are those of the signed root.
	var leaves []tlog.Hash
	for n := int64(0); n*256 < tree.N; n++ {
		width := 256
		if tree.N-n*256 < 256 {
			width = int(tree.N - n*256)
		}
		name := strings.Replace(tlog.Tile{H: 8, L: 0, N: n, W: width}.Path(), "tile/8/0/", "tile/entries/", 1)
		rest := read(filepath.Join(dir, name))
		for i := 0; i < width; i++ {
			if len(rest) < 2 || len(rest) < 2+int(rest[0])<<8+int(rest[1]) {
				refuse(name + " is cut off")
			}
			size := int(rest[0])<<8 + int(rest[1])
			leaves = append(leaves, tlog.RecordHash(rest[2:2+size]))
			rest = rest[2+size:]
		}
		if len(rest) != 0 {
			refuse(name + " has more than its records")
		}
	}
	var indexes []int64
	for i := range leaves {
		indexes = append(indexes, tlog.StoredHashIndex(0, int64(i)))
	}
	stored, err := hashes.ReadHashes(indexes)
	must(err, "tiles")
	for i, leaf := range leaves {
		if stored[i] != leaf {
			refuse(fmt.Sprintf("the record at position %d is not the one in the tree", i+1))
		}
	}

	// The server's own proofs.
	proofs, err := filepath.Glob(filepath.Join(dir, "proof-*"))
	must(err, "proofs")
	for _, path := range proofs {
		name := filepath.Base(path)
		a, proof := answerIn(dir, name)
		if a.Size != tree.N {
			refuse(name + " is for another tree")
		}
		must(tlog.CheckRecord(tlog.RecordProof(proof), tree.N, tree.Hash, a.Position-1, leaves[a.Position-1]), name)
	}
	c, proof := answerIn(dir, "consistency")
	if c.From != earlier.N || c.To != tree.N {
		refuse("consistency is between other trees")
	}
	must(tlog.CheckTree(tlog.TreeProof(proof), tree.N, tree.Hash, earlier.N, earlier.Hash), "consistency")
	// And the same proof, as that package would make it.
	ours, err := tlog.ProveTree(tree.N, earlier.N, hashes)
	must(err, "tiles")
	if fmt.Sprint(ours) != fmt.Sprint(tlog.TreeProof(proof)) {
		refuse("the consistency proof is not the one that the tiles give")
	}
	fmt.Printf("accepted: %d records, %d proofs\n", tree.N, len(proofs))
}
