import { Pressable, StyleSheet, Text, View } from 'react-native';
import { direction } from '../language/locale';
import { fontSize } from './font-size';
import { Row } from './layout';
import { pressOnKey } from './press-on-key';
import { Body } from './text';
import { useTheme } from './theme';

interface ChoiceProps<Value extends string> {
  label: string;
  /** The values with their labels. */
  options: Record<Value, string>;
  value: Value;
  onChange: (value: Value) => void;
}

export function Choice<Value extends string>({ label, options, value, onChange }: ChoiceProps<Value>) {
  return (
    <View role="radiogroup" aria-label={label} style={styles.group}>
      <Body>{label}</Body>
      <Row>
        {(Object.keys(options) as Value[]).map((each) => (
          <Radio key={each} label={options[each]} isChosen={each === value} onPress={() => onChange(each)} />
        ))}
      </Row>
    </View>
  );
}

/** The chosen one has a thick border as well, because not everybody sees colours. */
function Radio({ label, isChosen, onPress }: { label: string; isChosen: boolean; onPress: () => void }) {
  const { accent, onAccent } = useTheme();
  return (
    <Pressable
      role="radio"
      aria-checked={isChosen}
      onPress={onPress}
      {...pressOnKey(' ', onPress)}
      style={[
        styles.radio,
        { borderColor: accent, borderWidth: isChosen ? 4 : 1, backgroundColor: isChosen ? accent : 'transparent' },
      ]}
    >
      <Text style={[styles.label, { color: isChosen ? onAccent : accent }]}>{label}</Text>
    </Pressable>
  );
}

const styles = StyleSheet.create({
  group: { gap: 4 },
  radio: { minHeight: 48, minWidth: 48, paddingHorizontal: 16, borderRadius: 24, justifyContent: 'center' },
  label: { fontSize: fontSize(16), fontWeight: '600', textAlign: 'center', writingDirection: direction },
});
