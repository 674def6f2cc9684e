// Package jobs owns River: the jobs that wake a worker for one outgoing mail,
// webhook or push, the workers, the sweeper, and what moves a test gateway's time.
//
// A job carries an id and nothing else. It is a wake-up, never the truth
// (RELIABILITY §1.1): the row it names says whether there is anything to do,
// so a job that is lost, doubled, early or late does no harm, and with River's
// tables emptied the sweeper still finds all work. Jobs are inserted in the
// transaction that makes the row.
package jobs
