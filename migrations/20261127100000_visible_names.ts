import { Migration } from '@mikro-orm/migrations';

/** Names have a visible character. Existing names without one are replaced. */
export class VisibleNames extends Migration {
  override name = '20261127100000_visible_names';

  override up(): void {
    this.addSql(up);
  }

  override down(): void {
    this.addSql(down);
  }
}

/**
 * The characters that alone make no name (specification 1, Text for people): controls, spaces, format characters, those that
 * Unicode 17 calls default-ignorable (fillers, variation selectors, tags), and the blank braille pattern. Code points, because
 * character classes depend on the server's locale and ICU. Private and unassigned ones count as visible: fonts show them.
 */
const INVISIBLE = [
  String.raw`\u0001-\u0020\u007F-\u00A0\u00AD\u034F\u0600-\u0605\u061C\u06DD\u070F\u0890-\u0891\u08E2`,
  String.raw`\u115F-\u1160\u1680\u17B4-\u17B5\u180B-\u180F\u2000-\u200F\u2028-\u202F\u205F-\u206F\u2800\u3000\u3164`,
  String.raw`\uFE00-\uFE0F\uFEFF\uFFA0\uFFF0-\uFFFB\U000110BD\U000110CD\U00013430-\U0001343F`,
  String.raw`\U0001BCA0-\U0001BCA3\U0001D173-\U0001D17A\U000E0000-\U000E0FFF`,
].join('');

const visible = (column: string): string => `${column} COLLATE "C" ~ '[^${INVISIBLE}]'`;

// Triggers are disabled because an archived group cannot be renamed.
const up = `
ALTER TABLE groups DISABLE TRIGGER USER;
UPDATE groups SET name = 'Group' WHERE NOT (${visible('name')});
ALTER TABLE groups ENABLE TRIGGER USER;
UPDATE profiles SET display_name = NULL WHERE NOT (${visible('display_name')});
ALTER TABLE groups ADD CONSTRAINT groups_name_visible CHECK (${visible('name')});
ALTER TABLE profiles ADD CONSTRAINT profiles_display_name_visible CHECK (${visible('display_name')});
`;

const down = `
ALTER TABLE profiles DROP CONSTRAINT profiles_display_name_visible;
ALTER TABLE groups DROP CONSTRAINT groups_name_visible;
`;
