"""What the portal costs, against hand-written SQL in the same run (docs/performance.md).

python -m benchmarks NAME [--size small|large] [--database URL] [--json FILE]

harness     a benchmark, its cases and results; ours and the reference in turn
report      results as text and as JSON
sizes       how much data a size means
stores      the databases of the benchmarks: made, reused, dropped
world       companies and clients;  history  their deals and ledger;  fill  loads both
reevaluation, posting, importing, pages    the benchmarks, references beside them
"""
