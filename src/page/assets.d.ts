declare module '*.css'
declare module 'katex/dist/katex.min.css'
