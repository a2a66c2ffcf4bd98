// What changed between two texts, line by line.
export interface Line {
  sign: ' ' | '+' | '-';
  text: string;
}

const longest = 2_000; // lines of either text; beyond, all of the old is removed and all of the new added

export function diff(before: string, after: string): Line[] {
  const a = before.split('\n');
  const b = after.split('\n');
  const gone = a.map((text): Line => ({ sign: '-', text }));
  const come = b.map((text): Line => ({ sign: '+', text }));
  if (a.length > longest || b.length > longest) return [...gone, ...come];
  // The longest common subsequence of the rests from i and j on.
  const n = b.length + 1;
  const lcs = new Uint16Array((a.length + 1) * n);
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      lcs[i * n + j] =
        a[i] === b[j] ? lcs[(i + 1) * n + j + 1]! + 1 : Math.max(lcs[(i + 1) * n + j]!, lcs[i * n + j + 1]!);
  const out: Line[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    if (a[i] === b[j]) {
      out.push({ sign: ' ', text: a[i++]! });
      j++;
    } else if (lcs[(i + 1) * n + j]! >= lcs[i * n + j + 1]!) out.push(gone[i++]!);
    else out.push(come[j++]!);
  }
  return [...out, ...gone.slice(i), ...come.slice(j)];
}
