/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * protocol: what ensignd and its clients (`ensign reload`, `ensign status`, scripts) say to each
 * other over the control socket.
 *
 * A UNIX stream socket, SOCKET-DIR/PROTOCOL_SOCKET_NAME, mode 0660, owned by the user and group
 * ensignd runs as. Who may open it may command the server; peers of other users than root and the
 * server's own, and outside the server's group, are turned away by the file's mode.
 *
 * One request is one JSON object (RFC 8259) on one line of at most PROTOCOL_REQUEST_MAX octets,
 * newline included. It is answered by any number of lines with a member "progress" or "zone", and
 * then by exactly one final line with the member "ok":
 *
 *     -> {"command": "reload", "zone": "example.org."}
 *     <- {"progress": {"zone": "example.org.", "stage": "sign", "done": 1200, "total": 5000}}
 *     <- {"ok": true, "compiled": 1, "unchanged": 0, "failed": 0, "removed": 0}
 *
 * A final line with "ok": false has "error", a sentence. Names are in presentation format with the
 * final dot. Times are Unix seconds, sizes octets. A client ignores members it does not know, the
 * server refuses requests that have any. A connection carries one request at a time, as many as the
 * client likes; the server closes it after a malformed one. Requests may be sent at any time:
 * compiling zones does not hold up answers.
 *
 * Stages of a zone, in order: "wait" (for a thread), "parse" (done and total are octets of text),
 * "order" (canonical order, empty non-terminals, cuts), "chain" (NSEC or NSEC3), "sign"
 * (signatures), "image" (layout, validation, publication). total is 0 while it is not known.
 *
 * Commands
 *
 *   reload [zone]   Reads named.conf again, looks at the files and keys of all zones (or of that
 *                   one), compiles what has changed and answers when all that is published.
 *                   "force": true compiles unchanged zones, too. Sends "progress" lines unless
 *                   "progress": false. Final line: "compiled", "unchanged", "failed", "removed"
 *                   (numbers of zones), and with failures "errors": [{"zone", "error"}], at most
 *                   PROTOCOL_ERROR_MAX of them. "ok" is false if a zone failed; a failed zone goes
 *                   on being served in its old version.
 *
 *   status          "version", "pid", "started_at", "state" ("starting" until each zone of
 *                   named.conf has been published or has failed once, then "running"),
 *                   "zones": {"configured", "published", "compiling", "failed"},
 *                   "compiling": [{"zone", "stage", "done", "total"}],
 *                   "config_error": text, if named.conf could not be read the last time.
 *
 *   stats           "control": {name: number} counters of this process,
 *                   "dataplane": {name: number} the data plane's, summed over its threads,
 *                   "threads": [{"name", "counters": {name: number}}].
 *
 *   zones [zone]    One line {"zone": {...}} per zone, in order of name:
 *                   "name", "file", "type", "state" ("served", "compiling", "failed": there is no
 *                   version to serve, "unsupported": see "error"), "signed" ("no", "live",
 *                   "eager", "presigned"), "denial" ("none", "nsec", "nsec3", "nsec3-optout",
 *                   "nsec3-narrow", "nsec3-narrow-optout", "compact"), "serial", "names",
 *                   "rrsets", "image_size", "compiled_at", "resign_at" (0 = never),
 *                   "signer_has_keys" (live zones only), "error" (the last compilation's; the
 *                   zone may still be served in the version before). What comes from an image is
 *                   absent while there is none.
 *                   Final line: "zones": number.
 *
 *   stop            Answers, then ends the server. The data plane goes on answering.
 */
#ifndef CONTROL_DAEMON_PROTOCOL_H
#define CONTROL_DAEMON_PROTOCOL_H

#define PROTOCOL_SOCKET_NAME "ensignd.controlsocket"
#define PROTOCOL_REQUEST_MAX 4096 /* a command, a name of 1 KB in presentation format, flags */
#define PROTOCOL_ERROR_MAX   100  /* errors listed in one reply; the log has them all */

#endif
