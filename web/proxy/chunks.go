package proxy

import "bytes"

// chunkReader follows a body in chunks to its end (RFC 9112 §7.1). It takes
// digits, CR LF and trailers of the documented form and nothing else: no
// extensions, no bare LF, no blanks.
type chunkReader struct {
	state chunkState
	left  int64 // of the chunk
	count int   // digits of its size, or bytes of the trailers
	line  []byte
}

type chunkState int

const (
	chunkSize chunkState = iota
	chunkSizeLF
	chunkData
	chunkDataCR
	chunkDataLF
	chunkTrailer
	chunkTrailerLF
)

const (
	maxChunkDigits = 15 // below 2^60
	maxTrailers    = 8 << 10
)

// follow reads on in b. It returns how many bytes belong to the body and
// whether it ended there.
func (c *chunkReader) follow(b []byte) (n int, ended bool, err error) {
	for n < len(b) {
		if c.state == chunkData {
			skip := min(c.left, int64(len(b)-n))
			n += int(skip)
			if c.left -= skip; c.left == 0 {
				c.state = chunkDataCR
			}
			continue
		}
		ended, err := c.step(b[n])
		n++
		if ended || err != nil {
			return n, ended, err
		}
	}
	return n, false, nil
}

// step takes one byte between the data.
func (c *chunkReader) step(b byte) (ended bool, err error) {
	switch c.state {
	case chunkSize:
		return false, c.size(b)
	case chunkSizeLF, chunkDataLF, chunkTrailerLF:
		if b != '\n' {
			return false, errChunk
		}
		return c.lineEnd()
	case chunkDataCR:
		if b != '\r' {
			return false, errChunk
		}
		c.state = chunkDataLF
	case chunkTrailer:
		if b == '\r' {
			c.state = chunkTrailerLF
			return false, nil
		}
		if c.count++; c.count > maxTrailers || b == '\n' {
			return false, errChunk
		}
		c.line = append(c.line, b)
	case chunkData:
	}
	return false, nil
}

func (c *chunkReader) size(b byte) error {
	if b == '\r' && c.count > 0 {
		c.state = chunkSizeLF
		return nil
	}
	d, ok := hexDigit(b)
	if !ok || c.count == maxChunkDigits {
		return errChunk
	}
	c.left = c.left<<4 | int64(d)
	c.count++
	return nil
}

func (c *chunkReader) lineEnd() (ended bool, err error) {
	switch {
	case c.state == chunkSizeLF && c.left > 0:
		c.state = chunkData
	case c.state == chunkDataLF:
		c.state = chunkSize
	case c.state == chunkTrailerLF && len(c.line) == 0:
		return true, nil
	default:
		if c.state == chunkTrailerLF && !trailerLine(c.line) {
			return false, errChunk
		}
		c.state, c.line = chunkTrailer, c.line[:0]
		return false, nil
	}
	c.count = 0
	return false, nil
}

// trailerLine accepts a header line that says nothing of framing.
func trailerLine(line []byte) bool {
	i := bytes.IndexByte(line, ':')
	if i < 1 || !token(line[:i]) || !fieldValue(bytes.Trim(line[i+1:], " \t")) {
		return false
	}
	return !is(line[:i], "content-length") && !is(line[:i], "transfer-encoding") && !is(line[:i], "host")
}
