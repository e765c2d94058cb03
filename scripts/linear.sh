#!/usr/bin/env bash
# Counts the instructions of findings and the critical path at 10,000 and at 100,000 spans (tests/findings_linear.rs), those of redaction at four
# lengths of hostile texts (tests/redaction_linear.rs), and those of decoding files that are made to be slow at two sizes (tests/decode_linear.rs).
# Where there is no valgrind nothing is counted: no test is reported as passed.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh

if ! command -v valgrind >/dev/null; then
  echo "valgrind is not on this machine: costs are not counted"
  exit 0
fi
cargo test --locked --test findings_linear -- --ignored --nocapture --exact \
  findings_and_the_critical_path_cost_as_much_a_span_at_ten_times_the_spans
cargo test --locked --test redaction_linear -- --ignored --nocapture --exact \
  a_text_that_is_made_to_be_slow_costs_as_much_a_byte_at_eight_times_the_length
cargo test --locked --test decode_linear -- --ignored --nocapture --exact \
  a_file_that_is_made_to_be_slow_costs_as_many_instructions_a_byte_at_eight_times_the_size
