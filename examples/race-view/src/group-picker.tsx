import type { Membership } from '@lockin/sdk';
import type { ReactNode } from 'react';
import { t } from './language/language.js';

interface GroupPickerProps {
  groups: Membership[];
  selected: string | undefined;
  onSelect: (groupId: string) => void;
}

export function GroupPicker({ groups, selected, onSelect }: GroupPickerProps): ReactNode {
  if (groups.length === 0) return null;
  const isGroup = groups.some(({ group_id }) => group_id === selected);
  return (
    <label className="picker">
      <span>{t.group}</span>
      <select value={isGroup ? selected : ''} onChange={(event) => onSelect(event.target.value)}>
        {!isGroup && <option value="">{t.chooseGroup}</option>}
        <GroupOptions label={t.active} groups={groups.filter(({ status }) => status === 'active')} />
        <GroupOptions label={t.archived} groups={groups.filter(({ status }) => status === 'archived')} />
      </select>
    </label>
  );
}

function GroupOptions({ label, groups }: { label: string; groups: Membership[] }): ReactNode {
  if (groups.length === 0) return null;
  return (
    <optgroup label={label}>
      {groups.map(({ group_id, name }) => (
        <option key={group_id} value={group_id} dir="auto">
          {name}
        </option>
      ))}
    </optgroup>
  );
}
