/** What the model says in the pictures, by the question. */
export const replies: Record<string, string> = {
  'How do I keep a counter in SQLite without races?': `Let SQLite do the counting. One statement reads and writes in a single step, so nothing can come between:

\`\`\`sql
INSERT INTO counters (name, value) VALUES ('visits', 1)
ON CONFLICT (name) DO UPDATE SET value = value + 1
RETURNING value;
\`\`\`

In TypeScript, with a prepared statement:

\`\`\`ts
// One round trip, and the new value comes back.
export const next = (db: Database, name: string): number =>
  db.prepare(COUNT).get(name).value
\`\`\`

Three things to know:

1. **It is atomic.** Two writers queue; neither sees a stale value.
2. **It is durable** once the transaction commits.
3. It needs a \`UNIQUE\` or \`PRIMARY KEY\` on \`name\`.

| Way | Safe with two writers | Round trips |
| --- | --- | --- |
| \`SELECT\`, then \`UPDATE\` | no | 2 |
| \`UPSERT … RETURNING\` | **yes** | 1 |`,
  'And how likely are collisions of random ids?': `For $n$ ids of $b$ random bits, the birthday bound says

$$
P \\approx 1 - e^{-n^2 / 2^{b+1}}
$$

With $b = 122$, as in a UUID of version 4, a billion ids collide with a chance of about $10^{-19}$. You may stop worrying.`,
  'Give me one sentence to remember.': 'Let one writer count, and let everybody else read.',
}
