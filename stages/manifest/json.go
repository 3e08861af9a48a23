package manifest

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/penstock-go/penstock/stages/digest"
)

// fileType is the type of the objects that are entries.
const fileType = "file"

var (
	errNotUTF8   = errors.New("JSON that is not valid UTF-8; such a path belongs in path_base64")
	errSurrogate = errors.New("path holds half a surrogate pair, which names no file; use path_base64")
)

func appendJSON(line []byte, e Entry) []byte {
	line = append(line, `{"type":"`+fileType+`","path":`...)
	line = appendString(line, e.Name)
	if !utf8.ValidString(e.Name) {
		line = append(line, `,"path_base64":"`...)
		line = appendBase64(line, e.Name)
		line = append(line, '"')
	}
	if e.Size >= 0 {
		line = append(line, `,"size":`...)
		line = strconv.AppendInt(line, e.Size, 10)
	}
	line = append(line, `,"digests":{`...)
	for i, sum := range e.Sums {
		if i > 0 {
			line = append(line, ',')
		}
		line = append(line, '"')
		line = append(line, sum.Algorithm.String()...)
		line = append(line, `":"`...)
		line = hex.AppendEncode(line, sum.Value)
		line = append(line, '"')
	}
	return append(line, "}}"...)
}

// record is an object as it stands in the list.
type record struct {
	Type       string  `json:"type"`
	Path       string  `json:"path"`
	PathBase64 []byte  `json:"path_base64"`
	Size       *int64  `json:"size"`
	Digests    members `json:"digests"`
}

// parseJSON reads an object. One of another type may have any shape.
func (r *Reader) parseJSON(line []byte) (Entry, error) {
	if !utf8.Valid(line) {
		return Entry{}, errNotUTF8
	}
	var obj record
	if err := json.Unmarshal(line, &obj); err != nil {
		var other struct {
			Type string `json:"type"`
		}
		if json.Unmarshal(line, &other) != nil || other.Type == "" || other.Type == fileType {
			return Entry{}, jsonFault(err)
		}
		return Entry{}, errNothing
	}
	switch obj.Type {
	case fileType:
		return r.entryOf(obj, line)
	case "":
		return Entry{}, errors.New(`object without a type; expected "type":"file"`)
	default:
		return Entry{}, errNothing
	}
}

func (r *Reader) entryOf(obj record, line []byte) (Entry, error) {
	name := obj.Path
	if obj.PathBase64 != nil {
		name = string(obj.PathBase64)
	} else if strings.ContainsRune(name, utf8.RuneError) && halfPair(line) {
		return Entry{}, errSurrogate
	}
	switch {
	case name == "":
		return Entry{}, errEmptyName
	case strings.IndexByte(name, 0) >= 0:
		return Entry{}, errNUL
	case obj.Size != nil && *obj.Size < 0:
		return Entry{}, fmt.Errorf("size %d is no number of bytes", *obj.Size)
	}
	e := named(name)
	if obj.Size != nil {
		e.Size = *obj.Size
	}
	var err error
	e.Sums, err = r.sumsOf(obj.Digests)
	return e, err
}

// sumsOf keeps the digests that we know.
func (r *Reader) sumsOf(digests members) ([]Sum, error) {
	sums := make([]Sum, 0, min(len(digests), len(r.tags)))
	for _, m := range digests {
		a, err := digest.Parse(m.key)
		if err != nil {
			continue
		}
		if slices.ContainsFunc(sums, func(s Sum) bool { return s.Algorithm == a }) {
			return nil, fmt.Errorf("digest %s stands twice", a)
		}
		text, ok := m.value.(string)
		if !ok {
			return nil, fmt.Errorf("digest %s is no string", a)
		}
		value, err := r.decode([]byte(text), a)
		if err != nil {
			return nil, err
		}
		sums = append(sums, Sum{Algorithm: a, Value: value})
	}
	if len(sums) == 0 {
		return nil, errors.New("no digest that we know; expected sha256 or another")
	}
	return sums, nil
}

// members are an object's, in their order, which a map would lose.
type members []member

type member struct {
	key   string
	value any
}

// UnmarshalJSON reads an object; null has no members.
func (m *members) UnmarshalJSON(text []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	open, err := decoder.Token()
	if err != nil || open == nil {
		return err
	}
	if open != json.Delim('{') {
		return errors.New(`digests are no object; expected {"sha256":"HEX"}`)
	}
	for decoder.More() {
		key, err := decoder.Token()
		if err != nil {
			return err
		}
		var value any
		if err := decoder.Decode(&value); err != nil {
			return err
		}
		*m = append(*m, member{key: fmt.Sprint(key), value: value})
	}
	return nil
}

// jsonFault words an error of encoding/json for who wrote the list and knows
// nothing of our types.
func jsonFault(err error) error {
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		want := "string"
		if wrong.Type.Kind() == reflect.Int64 {
			want = "whole number"
		}
		return fmt.Errorf("field %s cannot be a %s; expected a %s", wrong.Field, wrong.Value, want)
	}
	if _, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Errorf("read JSON: %w; expected one whole object", err)
	}
	return fmt.Errorf("read JSON: %w", err)
}
