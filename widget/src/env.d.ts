// Files by a pattern, as Vite gives them.
/// <reference types="vite/types/importMeta.d.ts" />

// For those that read types without Vue's compiler, as the linter does. vue-tsc reads the components themselves.
declare module '*.vue' {
  const component: import('vue').Component;
  export default component;
}
