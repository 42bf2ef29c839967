declare module 'virtual:assets' {
  const assets: import('../build/assets.ts').Assets;
  export default assets;
}
