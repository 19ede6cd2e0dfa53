import type { FocusDay } from '@lockin/sdk';
import { StyleSheet, View } from 'react-native';
import { useTheme } from '../ui/theme';

const DAYS = 7;
/** From how many minutes on a day has the next stronger colour. */
const LEVELS = [0, 1, 30, 90, 180];
const OPACITY = [0, 0.35, 0.55, 0.75, 1];

/** A column for each week, the latest at the end of the line, with Monday on top. The first day is a Monday. */
export function Calendar({ days, label }: { days: FocusDay[]; label: string }) {
  const weeks = Array.from({ length: Math.ceil(days.length / DAYS) }, (_, week) =>
    days.slice(week * DAYS, (week + 1) * DAYS),
  );
  return (
    <View accessible role="img" aria-label={label} style={styles.weeks}>
      {weeks.map((week) => (
        <View key={week[0]?.date} style={styles.week}>
          {week.map((day) => (
            <Day key={day.date} seconds={day.seconds} />
          ))}
        </View>
      ))}
    </View>
  );
}

/** A day with time has a thick border as well, which is also seen in forced colours. */
function Day({ seconds }: { seconds: number }) {
  const { accent, border } = useTheme();
  const level = LEVELS.findLastIndex((from) => seconds >= from * 60);
  const edge = level > 0 ? { borderColor: accent, borderWidth: 2 } : { borderColor: border, borderWidth: 1 };
  return (
    <View style={[styles.day, edge]}>
      <View style={[styles.fill, { backgroundColor: accent, opacity: OPACITY[level] ?? 0 }]} />
    </View>
  );
}

const styles = StyleSheet.create({
  weeks: { flexDirection: 'row', gap: 4, maxWidth: 320 },
  week: { flex: 1, gap: 4 },
  day: { aspectRatio: 1, borderRadius: 4, overflow: 'hidden' },
  fill: { flex: 1 },
});
