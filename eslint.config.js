import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import ts from 'typescript-eslint';

export default defineConfig(
  globalIgnores(['**/dist/', '.local/', 'coverage/', 'node_modules/', 'sdk/src/schema.ts', 'sdk/src/msw/examples.ts']),
  // They have packages of their own, and a check.sh that lints them.
  globalIgnores(['deploy/aws/', 'examples/expo/']),
  { linterOptions: { reportUnusedDisableDirectives: 'error', noInlineConfig: true } },
  js.configs.recommended,
  {
    files: ['**/*.{ts,tsx}'],
    extends: [ts.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      // Nest is made of classes that only carry decorators.
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      '@typescript-eslint/no-confusing-void-expression': 'off',
      // Other people's interfaces ask for generic answers.
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      // Nest types its options as classes and takes plain objects.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      // Interfaces ask for promises that some implementations have at once.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      'max-lines': ['error', 250],
    },
  },
  {
    files: ['src/**/*.{ts,js}', 'local/**/*.ts'],
    rules: { 'max-lines-per-function': ['error', { max: 40, skipComments: true }] },
  },
  {
    files: ['sdk/src/**/*.ts', 'examples/**/*.{ts,tsx}'],
    rules: { 'max-lines-per-function': ['error', { max: 40, skipComments: true }] },
  },
  {
    // Answers arrive untyped, and a test that reads past the end of a list fails as it should.
    files: ['test/**', 'bench/**', 'tools/screenshots/**'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      'max-lines': ['error', 400],
    },
  },
  {
    files: ['**/*.{js,mjs,cjs}'],
    languageOptions: { globals: { console: 'readonly', module: 'writable', process: 'readonly', URL: 'readonly' } },
  },
  {
    // These run in the browser.
    files: ['src/server/docs/browser/**'],
    languageOptions: {
      globals: Object.fromEntries(
        [
          'atob',
          'crypto',
          'document',
          'fetch',
          'location',
          'matchMedia',
          'Response',
          'sessionStorage',
          'setTimeout',
          'SwaggerUIBundle',
          'TextDecoderStream',
        ].map((name) => [name, 'readonly']),
      ),
    },
  },
);
