// ADDRESS=127.0.0.1:50051 TOKEN=… go run . users.csv
//
// Imports a CSV file, prints one line for each row, and resumes when the call breaks. Also read:
// DIRECTORY (main), and IMPORT_ID, of an import that an earlier run gave up. It needs the stubs
// that protoc generates of rollbook/v1, github.com/google/uuid, google.golang.org/grpc, and for
// google.rpc google.golang.org/genproto/googleapis/rpc.
package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand"
	"os"
	"time"

	"github.com/google/uuid"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	rollbookv1 "rollbook/v1"
)

// Reasons after which the same import may be sent again, and what gRPC says of a lost connection;
// of these, OK is a call that ended without its summary.
var again = map[string]bool{
	"TRUNCATED_STREAM":       true,
	"STORAGE_FULL":           true,
	"SERVER_DRAINING":        true,
	"PLUGIN_UNAVAILABLE":     true,
	"STREAM_IDLE":            true,
	"IMPORT_ALREADY_RUNNING": true,
	"QUOTA_EXCEEDED":         true,
	"RATE_LIMITED":           true,
}
var connectionLost = map[codes.Code]bool{
	codes.OK: true, codes.Unavailable: true, codes.DeadlineExceeded: true, codes.Canceled: true,
	codes.Aborted: true,
}

const (
	tries = 8 // in a row without a new answer: together some 40 s
	chunk = 64 * 1024
)

// send sends start, the file and end. An error is one of reading the file: one of the call is read
// where its answers are.
func send(call rollbookv1.ImportService_ImportUsersClient, file io.Reader, importID string) error {
	directory := os.Getenv("DIRECTORY")
	if directory == "" {
		directory = "main"
	}
	request := &rollbookv1.ImportUsersRequest{Part: &rollbookv1.ImportUsersRequest_Start{
		Start: &rollbookv1.ImportStart{ImportId: importID, Directory: directory},
	}}
	total, hash := int64(0), sha256.New()
	for call.Send(request) == nil {
		bytes := make([]byte, chunk) // new each time: what was sent must not change
		count, err := file.Read(bytes)
		if err == io.EOF {
			end := &rollbookv1.ImportEnd{TotalBytes: &total, Sha256: hash.Sum(nil)}
			if call.Send(&rollbookv1.ImportUsersRequest{
				Part: &rollbookv1.ImportUsersRequest_End{End: end},
			}) == nil {
				call.CloseSend()
			}
			return nil
		}
		if err != nil {
			return err
		}
		total += int64(count)
		hash.Write(bytes[:count])
		request = &rollbookv1.ImportUsersRequest{
			Part: &rollbookv1.ImportUsersRequest_Csv{Csv: bytes[:count]},
		}
	}
	return nil
}

// attempt makes one call, from the first byte of the file, and reads all its answers. It returns
// the error that ended the call, nil if it ended well, and whether the file could not be read.
func attempt(
	client rollbookv1.ImportServiceClient, path, importID string,
	take func(*rollbookv1.ImportUsersResponse),
) (ended error, unreadable error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	ctx, cancel := context.WithCancel(metadata.AppendToOutgoingContext(
		context.Background(), "authorization", "Bearer "+os.Getenv("TOKEN")))
	defer cancel()
	call, err := client.ImportUsers(ctx)
	if err != nil {
		return err, nil
	}
	sent := make(chan error, 1)
	go func() { // sends while the answers are read below
		err := send(call, file, importID)
		if err != nil {
			cancel()
		}
		sent <- err
	}()
	for {
		answer, err := call.Recv()
		if err != nil {
			cancel()
			if err == io.EOF {
				err = nil
			}
			return err, <-sent
		}
		take(answer)
	}
}

// meaningOf returns the reason of an error, the time to wait that the server asks for, and whether
// the same import may be sent again.
func meaningOf(ended error) (reason string, wait time.Duration, may bool) {
	fault := status.Convert(ended)
	reason, may = fault.Code().String(), connectionLost[fault.Code()]
	for _, detail := range fault.Details() {
		switch detail := detail.(type) {
		case *errdetails.ErrorInfo:
			if detail.GetDomain() == "rollbook" {
				reason, may = detail.GetReason(), again[detail.GetReason()]
			}
		case *errdetails.RetryInfo:
			wait = detail.GetRetryDelay().AsDuration()
		}
	}
	return reason, wait, may
}

// answers is what came so far: each row is printed once, however often it is sent.
type answers struct {
	seen    map[string]bool
	summary *rollbookv1.ImportSummary
}

func (all *answers) take(answer *rollbookv1.ImportUsersResponse) {
	if summary := answer.GetSummary(); summary != nil {
		all.summary = summary
	}
	for _, result := range answer.GetResults().GetResults() {
		key := fmt.Sprint("row ", result.GetRow())
		if result.GetRow() == 0 { // a user whom a full sync suspends has no row
			key = result.GetEmployeeNumber()
		}
		if all.seen[key] {
			continue
		}
		all.seen[key] = true
		fmt.Print(result.GetLine(), " ", result.GetOutcome())
		for _, issue := range result.GetIssues() {
			fmt.Print(" ", issue.GetCode(), " ", issue.GetField())
		}
		fmt.Println()
	}
}

func run(path string) error {
	importID := os.Getenv("IMPORT_ID") // one id for all calls: it resumes
	if importID == "" {
		importID = uuid.NewString()
	}
	slowest := backoff.DefaultConfig
	slowest.MaxDelay = 4 * time.Second // the default is 120 s, longer than all our tries
	connection, err := grpc.NewClient(os.Getenv("ADDRESS"),
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithConnectParams(grpc.ConnectParams{Backoff: slowest}))
	if err != nil {
		return err
	}
	defer connection.Close()
	client := rollbookv1.NewImportServiceClient(connection)

	all := &answers{seen: map[string]bool{}}
	defer func() {
		if end := all.summary; end != nil {
			fmt.Printf("%d created, %d updated, %d unchanged, %d failed\n",
				end.GetCreated(), end.GetUpdated(), end.GetUnchanged(), end.GetFailed())
		}
	}()
	for try := 1; ; try++ {
		before := len(all.seen)
		all.summary = nil
		ended, unreadable := attempt(client, path, importID, all.take)
		if unreadable != nil {
			return unreadable
		}
		if ended == nil && all.summary != nil {
			return nil
		}
		reason, wait, may := meaningOf(ended)
		if len(all.seen) > before {
			try = 1
		}
		message := status.Convert(ended).Message()
		if !may {
			return fmt.Errorf("%s: %s", reason, message)
		}
		if try > tries {
			return fmt.Errorf("%s: %s\nto go on later: IMPORT_ID=%s", reason, message, importID)
		}
		if wait == 0 {
			longest := 500 * time.Millisecond << (try - 1)
			if longest > 8*time.Second {
				longest = 8 * time.Second
			}
			wait = longest/2 + time.Duration(rand.Int63n(int64(longest/2)))
		}
		fmt.Fprintf(os.Stderr, "%s: %s; again in %.1f s\n", reason, message, wait.Seconds())
		time.Sleep(wait)
	}
}

func main() {
	if len(os.Args) != 2 || os.Getenv("ADDRESS") == "" || os.Getenv("TOKEN") == "" {
		fmt.Fprintln(os.Stderr, "usage: ADDRESS=HOST:PORT TOKEN=... go run . FILE")
		os.Exit(1)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
