// For those that read types without Vue's compiler, as the linter does. vue-tsc reads the components themselves.
declare module '*.vue' {
  const component: import('vue').Component;
  export default component;
}

declare module 'virtual:assets' {
  const assets: import('../build/assets.ts').Assets;
  export default assets;
}

declare module 'virtual:embed-texts' {
  const texts: Record<import('./words/languages.ts').Language, import('./words/texts.ts').Messages>;
  export default texts;
}

// Its own types lead to a path of its source that is not published.
declare module '@jitsi/vue-sdk' {
  export const JitsiMeeting: import('vue').DefineComponent<{
    domain?: string;
    roomName: string;
    width: string;
    height: string;
    configOverwrite?: object;
    jwt?: string | undefined;
    devices?: { audioInput: string } | undefined;
    userInfo?: { displayName: string; email: string };
    lang?: string;
    onOnApiReady?: (api: unknown) => void;
  }>;
}
