import { join } from 'node:path';
import ts from 'typescript';

/** An export of the SDK, or a hook, with its TSDoc comment. */
export interface PublicApi {
  readonly name: string;
  /** A function, a class or a hook. Other exports are types. */
  readonly isCallable: boolean;
  readonly comment: string;
  /** The text of each `@example`. */
  readonly examples: string[];
}

/** Reads the declarations of the SDK that is installed in a project. Leaves out the types generated from the contract. */
export function readPublicApi(project: string): PublicApi[] {
  const entries = ['index', 'react', 'msw'].map((name) => join(project, `node_modules/@lockin/sdk/dist/${name}.d.ts`));
  const { NodeNext: module } = ts.ModuleKind;
  const program = ts.createProgram(entries, { module, skipLibCheck: true, types: [] });
  const checker = program.getTypeChecker();
  const resolve = (symbol: ts.Symbol): ts.Symbol =>
    symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const isDeclaredIn = (symbol: ts.Symbol, file: string): boolean =>
    symbol.declarations?.[0]?.getSourceFile().fileName.endsWith(`/dist/${file}`) === true;

  const describe = (symbol: ts.Symbol, isCallable: boolean): PublicApi => ({
    name: symbol.name,
    isCallable,
    comment: ts.displayPartsToString(symbol.getDocumentationComment(checker)),
    examples: symbol
      .getJsDocTags(checker)
      .filter(({ name }) => name === 'example')
      .map(({ text }) => ts.displayPartsToString(text)),
  });
  const hooksOf = (symbol: ts.Symbol): ts.Symbol[] =>
    checker
      .getDeclaredTypeOfSymbol(symbol)
      .getProperties()
      .filter((property) => property.name.startsWith('use') && isDeclaredIn(property, 'react.d.ts'));

  return entries
    .flatMap((entry) => checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(entry)!)!))
    .map(resolve)
    .filter((symbol) => !isDeclaredIn(symbol, 'schema.d.ts'))
    .flatMap((symbol) => [
      describe(symbol, (symbol.flags & (ts.SymbolFlags.Function | ts.SymbolFlags.Class)) !== 0),
      ...(symbol.flags & ts.SymbolFlags.Interface ? hooksOf(symbol) : []).map((hook) => describe(hook, true)),
    ]);
}
