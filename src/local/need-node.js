// Plain JavaScript, because the Node.js that it is there to tell of runs no TypeScript.
const [major] = process.versions.node.split('.').map(Number)
if (major < 24) {
  console.error(
    `Hilo runs on Node.js 24, and this is ${process.versions.node}. The npm package "node" brings it by its install script: ` +
      'run `npm ci` without --ignore-scripts.',
  )
  process.exit(1)
}
