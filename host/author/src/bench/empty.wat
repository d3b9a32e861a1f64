;; A pack that does nothing but read: for each need that its settings name, it takes all objects, or all lines, and
;; looks at none of them. What it costs is what the sandbox itself costs, and other packs are measured beside it.
;;
;; Its settings are no JSON: a line for each need, which begins with `o` for objects or `t` for lines of text, followed
;; by the id of the need. It runs under the description of the pack that it is measured beside; its own says little.
(component
  (import "rulebox:rules/types@0.1.0" (instance $types
    (type $0 (enum "info" "low" "medium" "high" "critical"))
    (export "severity" (type $severity (eq $0)))
    (type $1 (enum "complete" "partial" "absent"))
    (export "coverage" (type (eq $1)))
    (type $2 (enum "gauge" "info"))
    (export "metric-type" (type $metric-type (eq $2)))
    (type $3 (record
      (field "id" string) (field "group" string) (field "kind" string)
      (field "namespaces" (list string)) (field "label-selector" string) (field "fields" (list string))))
    (export "object-need" (type $object-need (eq $3)))
    (type $4 (record (field "id" string) (field "paths" (list string)) (field "pattern" string)))
    (export "text-need" (type $text-need (eq $4)))
    (type $5 (record
      (field "id" string) (field "severity" $severity) (field "summary" string)
      (field "documentation" string) (field "requires" (list string)) (field "consults" (list string))))
    (export "rule-info" (type $rule-info (eq $5)))
    (type $6 (record
      (field "name" string) (field "metric-type" $metric-type) (field "help" string)
      (field "rule" string) (field "labels" (list string))))
    (export "metric-info" (type $metric-info (eq $6)))
    (type $7 (record
      (field "name" string) (field "version" string) (field "rules" (list $rule-info))
      (field "objects" (list $object-need)) (field "texts" (list $text-need))
      (field "metrics" (list $metric-info)) (field "settings-schema" string)))
    (export "pack-info" (type (eq $7)))
    (type $8 (record
      (field "earliest" string) (field "latest" string) (field "settings" string)
      (field "rules" (list string))))
    (export "run-context" (type (eq $8)))))
  (alias export $types "pack-info" (type $pack-info))
  (alias export $types "run-context" (type $run-context))
  (import "rulebox:rules/inventory@0.1.0" (instance $inventory
    (export "cursor" (type $cursor (sub resource)))
    (export "[method]cursor.next"
      (func (param "self" (borrow $cursor)) (param "max" u32) (result (list string))))
    (export "open" (func (param "need" string) (result (own $cursor))))
    (type $0 (record (field "path" string) (field "line" u64) (field "text" string)))
    (export "text-match" (type $text-match (eq $0)))
    (export "text-cursor" (type $text-cursor (sub resource)))
    (export "[method]text-cursor.next"
      (func (param "self" (borrow $text-cursor)) (param "max" u32) (result (list $text-match))))
    (export "open-text" (func (param "need" string) (result (own $text-cursor))))))

  ;; A batch takes the place of the one before it, so that memory is what one batch takes.
  (core module $libc
    (memory (export "memory") 1)
    (global $free (export "free") (mut i32) (i32.const 0x1000))
    (func (export "realloc") (param $old i32) (param $old-size i32) (param $align i32) (param $size i32)
      (result i32)
      (local $at i32)
      (local.set $at (i32.and (i32.add (global.get $free) (i32.const 7)) (i32.const -8)))
      (global.set $free (i32.add (local.get $at) (local.get $size)))
      (block $room
        (br_if $room (i32.le_u (global.get $free) (i32.shl (memory.size) (i32.const 16))))
        (br_if $room (i32.ne (i32.const -1)
          (memory.grow (i32.add (i32.shr_u (local.get $size) (i32.const 16)) (i32.const 1)))))
        unreachable)
      local.get $at))
  (core instance $libc (instantiate $libc))
  (alias core export $libc "memory" (core memory $memory))
  (alias core export $libc "realloc" (core func $realloc))
  (alias export $inventory "cursor" (type $cursor))
  (alias export $inventory "text-cursor" (type $text-cursor))
  (core func $open (canon lower (func $inventory "open") (memory $memory)))
  (core func $next (canon lower (func $inventory "[method]cursor.next")
    (memory $memory) (realloc $realloc)))
  (core func $close (canon resource.drop $cursor))
  (core func $open-text (canon lower (func $inventory "open-text") (memory $memory)))
  (core func $next-text (canon lower (func $inventory "[method]text-cursor.next")
    (memory $memory) (realloc $realloc)))
  (core func $close-text (canon resource.drop $text-cursor))
  (core instance $host
    (export "open" (func $open))
    (export "next" (func $next))
    (export "close" (func $close))
    (export "open-text" (func $open-text))
    (export "next-text" (func $next-text))
    (export "close-text" (func $close-text)))

  (core module $guest
    (import "libc" "memory" (memory 1))
    (import "libc" "free" (global $free (mut i32)))
    (import "host" "open" (func $open (param i32 i32) (result i32)))
    (import "host" "next" (func $next (param i32 i32 i32)))
    (import "host" "close" (func $close (param i32)))
    (import "host" "open-text" (func $open-text (param i32 i32) (result i32)))
    (import "host" "next-text" (func $next-text (param i32 i32 i32)))
    (import "host" "close-text" (func $close-text (param i32)))

    ;; What describe returns: pointers and lengths of the name, the version, the rules, the objects, the texts, the
    ;; metrics and the schema. Its one rule has 44 bytes: the id, the severity, the summary, and four that are empty.
    (data (i32.const 0x100) "empty")
    (data (i32.const 0x108) "1.0.0")
    (data (i32.const 0x200) "\00\01\00\00\05\00\00\00" "\08\01\00\00\05\00\00\00" "\00\03\00\00\01\00\00\00")
    (data (i32.const 0x300) "\00\01\00\00\05\00\00\00" "\00\00\00\00" "\00\01\00\00\05\00\00\00")
    (func (export "describe") (result i32)
      (i32.const 0x200))

    (func $read-objects (param $need i32) (param $length i32)
      (local $cursor i32) (local $mark i32)
      (local.set $mark (global.get $free))
      (local.set $cursor (call $open (local.get $need) (local.get $length)))
      (loop $batch
        (global.set $free (local.get $mark))
        (call $next (local.get $cursor) (i32.const 1024) (i32.const 0x400))
        (br_if $batch (i32.load (i32.const 0x404))))
      (call $close (local.get $cursor)))

    (func $read-lines (param $need i32) (param $length i32)
      (local $cursor i32) (local $mark i32)
      (local.set $mark (global.get $free))
      (local.set $cursor (call $open-text (local.get $need) (local.get $length)))
      (loop $batch
        (global.set $free (local.get $mark))
        (call $next-text (local.get $cursor) (i32.const 1024) (i32.const 0x400))
        (br_if $batch (i32.load (i32.const 0x404))))
      (call $close-text (local.get $cursor)))

    ;; earliest, latest, settings and rules come as eight numbers; what goes back is 12 bytes, all zero for `ok`.
    (func (export "evaluate")
      (param $earliest i32) (param $earliest-length i32) (param $latest i32)
      (param $latest-length i32) (param $settings i32) (param $settings-length i32)
      (param $rules i32) (param $count i32)
      (result i32)
      (local $at i32) (local $end i32) (local $need i32)
      (local.set $at (local.get $settings))
      (local.set $end (i32.add (local.get $settings) (local.get $settings-length)))
      (block $done
        (loop $line
          (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
          (local.set $need (i32.add (local.get $at) (i32.const 1)))
          (local.set $at (local.get $need))
          (loop $id
            (if (i32.ne (i32.load8_u (local.get $at)) (i32.const 10))
              (then
                (local.set $at (i32.add (local.get $at) (i32.const 1)))
                (br $id))))
          (if (i32.eq (i32.load8_u (i32.sub (local.get $need) (i32.const 1))) (i32.const 111))
            (then (call $read-objects
              (local.get $need) (i32.sub (local.get $at) (local.get $need))))
            (else (call $read-lines
              (local.get $need) (i32.sub (local.get $at) (local.get $need)))))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (br $line)))
      (i32.const 0x500)))
  (core instance $guest (instantiate $guest
    (with "libc" (instance $libc))
    (with "host" (instance $host))))
  (func $describe (result $pack-info)
    (canon lift (core func $guest "describe") (memory $memory)))
  (export "describe" (func $describe))
  (func $evaluate (param "run" $run-context) (result (result (error string)))
    (canon lift (core func $guest "evaluate") (memory $memory) (realloc $realloc)))
  (export "evaluate" (func $evaluate)))
