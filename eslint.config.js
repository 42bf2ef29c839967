/** What `npm run lint` holds the code to: types used safely, Vue's and vitest's rules, one format, and which part may know which. */
import stylistic from '@stylistic/eslint-plugin';
import vitest from '@vitest/eslint-plugin';
import { defineConfig, globalIgnores } from 'eslint/config';
import vue from 'eslint-plugin-vue';
import typescript from 'typescript-eslint';

const TESTS = ['**/*.test.ts', '**/*.fixture.ts', 'tests/**/*.ts'];

/** The bot's wings, from the ground up: each knows only those below it. */
const WINGS = ['ground', 'words', 'judgement', 'servers', 'hands', 'porter', 'traffic', 'public'];

/** The client's rooms, from the ground up: each knows only those below it. */
const ROOMS = ['words', 'way', 'kept', 'porter', 'embed', 'call', 'chat', 'matrix', 'desk', 'reception', 'inside', 'page', 'guest'];
/** What puts the rooms together. */
const ENTRIES = ['main', 'app', 'page'];

/** Which packages each may import. Tests go across the parts and may import all. @type {Record<string, string[]>} */
const KNOWN = { config: [], widget: ['config'], bot: ['config'], synapse: ['config'], client: ['config', 'widget'] };
const PACKAGES = [...Object.keys(KNOWN), 'tests'];

/** @param {string} of */
const foreign = (of) => ({
  regex: `^(?:@portineria/|(?:\\.\\./)+)(?:${PACKAGES.filter((other) => other !== of && KNOWN[of]?.includes(other) !== true).join('|')})(?:/|$)`,
  message: `The package ${of} does not know this one (docs/architecture.md).`,
});

/** @param {string} wing @param {string[]} above */
const higher = (wing, above) => ({
  regex: `^(?:\\.\\./)+(?:${[...above, 'main'].join('|')})[/.]`,
  message: `The wing ${wing} knows only those below it (docs/architecture.md).`,
});

const packages = Object.keys(KNOWN).map((name) => defineConfig({
  files: [`${name}/**`],
  // The desk as a widget is made, and looks, as the client's own pages.
  ignores: ['widget/vite.config.ts'],
  rules: { 'no-restricted-imports': ['error', { patterns: [foreign(name)] }] },
}));

// A later entry replaces an earlier one of the same rule: so what the bot may not import is said here again.
const wings = WINGS.map((wing, floor) => defineConfig({
  files: [`bot/src/${wing}/**`],
  ignores: TESTS,
  rules: { 'no-restricted-imports': ['error', { patterns: [foreign('bot'), higher(wing, WINGS.slice(floor + 1))] }] },
}));

const rooms = ROOMS.map((room, floor) => {
  // The entry `page.ts` is not the room `page`.
  const above = [...ROOMS.slice(floor + 1).map((one) => `${one}[\\u002F.]`), ...ENTRIES.map((one) => `${one}[.]`)].join('|');
  const message = `The room ${room} knows only those below it (docs/architecture.md).`;
  return defineConfig({
    files: [`client/src/${room}/**`],
    ignores: TESTS,
    rules: {
      'no-restricted-imports': ['error', { patterns: [foreign('client'), { regex: `^(?:\\.\\./)+(?:${above})`, message }] }],
      // Files that are loaded only when they are wanted. A selector's expression has no slash in it.
      'no-restricted-syntax': ['error', { selector: `ImportExpression[source.value=/^(?:\\.\\.\\u002F)+(?:${above})/]`, message }],
    },
  });
});

export default defineConfig(
  globalIgnores(['**/dist/', '.portineria/', 'bot/absent/']),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },

  typescript.configs.strictTypeChecked,
  typescript.configs.stylisticTypeChecked,
  { files: ['**/*.vue'], extends: [vue.configs['flat/recommended']] },
  {
    languageOptions: {
      parserOptions: { parser: typescript.parser, projectService: true, extraFileExtensions: ['.vue'], tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // Numbers read as they are.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // A callback in one line says what is done, and `return refuse()` is the last that a function of nothing does.
      '@typescript-eslint/no-confusing-void-expression': 'off',
      // Brackets say that a key comes from outside and may be missing.
      '@typescript-eslint/dot-notation': ['error', { allowIndexSignaturePropertyAccess: true }],
      // `async` turns a throw into a rejection, which is what whoever asks for a promise expects.
      '@typescript-eslint/require-await': 'off',
      // What is taken off an object by its name is named with a line in front.
      '@typescript-eslint/no-unused-vars': ['error', { varsIgnorePattern: '^_', argsIgnorePattern: '^_' }],
      // Texts are spread to count their characters, which is by code points.
      '@typescript-eslint/no-misused-spread': ['error', { allow: ['string', { from: 'lib', name: 'Storage' }] }],
      // `Promise.withResolvers<void>()` is the way to a promise of nothing.
      '@typescript-eslint/no-invalid-void-type': 'off',
      // What has all that a class has may stand for it: fakes do, and packages that bring their types twice.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      // matrix-js-sdk has enums for names of events and memberships, of which there are more: it compares and takes strings itself.
      '@typescript-eslint/no-unsafe-enum-comparison': 'off',
      '@typescript-eslint/no-unsafe-enum-assignment': 'off',
      // A room's state as matrix-js-sdk itself reads it; the long way leads to the same object.
      '@typescript-eslint/no-deprecated': ['error', { allow: [{ from: 'package', package: 'matrix-js-sdk', name: 'currentState' }] }],
    },
  },

  { files: TESTS, ...vitest.configs.recommended },
  {
    files: TESTS,
    rules: {
      // vitest's matchers, as expect.any(String), are of type any.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      // What is made before all tests is missing after them where that failed.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      // A property asks of each case what applies to it.
      'vitest/no-conditional-expect': 'off',
      // The second argument names the case in a loop.
      'vitest/valid-expect': ['error', { maxArgs: 2 }],
      // These expect something themselves.
      'vitest/expect-expect': ['error', { assertFunctionNames: ['expect', 'refused', 'refusal', 'sound', 'makeRoom'] }],
    },
  },

  {
    files: ['tests/**/*.ts'],
    rules: {
      // A scene with real parts is told by the rig: each of its steps throws where what it waits for does not come.
      'vitest/expect-expect': 'off',
    },
  },

  {
    files: ['**/*.vue'],
    rules: {
      // Lines are as long as what stands in them.
      'vue/max-attributes-per-line': 'off',
      'vue/singleline-html-element-content-newline': 'off',
      // Page and Desk are whole pages, and never stand as an element among HTML's.
      'vue/multi-word-component-names': 'off',
    },
  },

  stylistic.configs.customize({ indent: 2, quotes: 'single', semi: true, arrowParens: true, braceStyle: '1tbs', commaDangle: 'always-multiline', quoteProps: 'as-needed', jsx: false }),
  {
    rules: {
      '@stylistic/quotes': ['error', 'single', { avoidEscape: true }],
      '@stylistic/operator-linebreak': ['error', 'before', { overrides: { '=': 'after' } }],
      // A short guard and what follows from it stand on one line.
      '@stylistic/max-statements-per-line': 'off',
      '@stylistic/multiline-ternary': 'off',
    },
  },

  {
    files: ['**/*.mjs'],
    rules: {
      // JSON is any, and JavaScript has no `as`.
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
    },
  },
  { files: ['**/*.js'], ...typescript.configs.disableTypeChecked },
  packages,
  wings,
  rooms,
);
