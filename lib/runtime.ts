/** Whose sockets they are: Bun and Deno have the classes of `node:net`, and something of their own beneath. */

const { bun, deno } = process.versions as { bun?: string; deno?: string }

export const runtime: 'Node' | 'Bun' | 'Deno' = bun ? 'Bun' : deno ? 'Deno' : 'Node'
